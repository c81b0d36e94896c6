"""Orders of shops that name things in their own way live as any other order."""

import asyncio

from tests.support.eventually import eventually
from tests.support.identifiers import FOREIGN_IDS
from tests.support.orders import Shop, line, moves, payment
from workflows.orders.models import OrderStatus
from workflows.shared.list_filter import quote, searchable
from workflows.shared.summary import fitting


async def test_ids_of_other_systems_pay_ship_and_come_back(shop: Shop) -> None:
    for sku in FOREIGN_IDS:
        shop.world.inventory.restock_shelf(sku, 1)
    await asyncio.gather(*(live(shop, ident) for ident in FOREIGN_IDS))
    shop.world.inventory.assert_adds_up()
    assert set(shop.world.payments.captures) == set(FOREIGN_IDS)
    assert len(shop.world.mailer.sent) == 4 * len(FOREIGN_IDS), "no order has the key of another one's message"


async def live(shop: Shop, ident: str) -> None:
    """Start an order whose IDs are all the same, pay too much, and wait until it is delivered."""
    customer = {"customer_id": ident, "name": ident, "email": "ada@example.com"}
    request = await shop.start(order_id=ident, customer=customer, lines=[line(ident, 1, 2_500)])
    await shop.pay(request, payment(ident, 2_600))
    view = await shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    assert moves(view, ident) == [("capture", 2_600), ("refund", 100)]
    assert [parcel.parcel_id for parcel in view.parcels] == [f"{ident}-P1"]
    if searchable(ident):
        query = f"WorkflowId = {quote(f'order-{ident}')} AND BizOwner = {quote(fitting(ident))}"
        await eventually(lambda: found(shop, query), lambda ids: ids == [f"order-{ident}"], seconds=9)


async def found(shop: Shop, query: str) -> list[str]:
    """Return the workflows that a list filter finds."""
    return [each.id async for each in shop.client.list_workflows(query)]
