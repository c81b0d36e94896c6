"""Orders that began under earlier rules go on to their end under them."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner

from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import fresh
from workflows.orders import workflow as order_workflow
from workflows.orders.edition import Edition
from workflows.orders.models import OrderStatus, ReservationStatus, ShipmentStatus

AN_HOUR = 3_600


@pytest.fixture(params=[Edition.FIRST, Edition.SECOND], ids=["first", "second"])
async def old_shop(
    request: pytest.FixtureRequest, time_skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """Return a shop in which orders begin under earlier rules: outside of the sandbox, which would load them anew."""
    monkeypatch.setattr(order_workflow, "edition_of_run", lambda: request.param)
    client = time_skipping.client
    shop = Shop(client, stocked(), fresh("old-orders"), time_skipping)
    async with orders_worker(client, shop.world, shop.task_queue, runner=UnsandboxedWorkflowRunner()):
        yield shop


async def test_an_old_order_goes_on_to_its_end(old_shop: Shop) -> None:
    request = await old_shop.start()
    await old_shop.pay(request)
    view = await old_shop.ended(request)
    assert (view.status, view.attention) == (OrderStatus.DELIVERED, None)
    assert [held.status for held in view.reservations] == [ReservationStatus.CONSUMED]
    assert len(old_shop.world.mailer.sent) == 4
    assert old_shop.world.inventory.count("consumed") == 3


@pytest.mark.parametrize("old_shop", [Edition.SECOND], ids=["second"], indirect=True)
async def test_pieces_of_an_old_order_whose_booking_out_was_not_heard_of_come_back(old_shop: Shop) -> None:
    shop = old_shop
    shop.world.faults.lose_answers("consume", 100)
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request)
    await shop.until_status(request, OrderStatus.FULFILLING)
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until(request, lambda view: bool(view.parcels) and shop.world.inventory.count("consumed") == 3)
    assert (await shop.cancel(request)).snapshot.view.return_offered
    await shop.report(request, ShipmentStatus.RETURNED)
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED
    assert shop.world.inventory.available.total() == 200
    shop.world.inventory.assert_adds_up()
