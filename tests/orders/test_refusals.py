"""Orders that cannot be, mail that is down, input that does not fit, and calls to orders that are not there."""

from datetime import timedelta

import pytest

from tests.support.orders import Shop, line, payment, texts
from workflows.orders.models import CancelOrder, OrderStatus
from workflows.shared.errors import AlreadyExistsError, ClosedError, NoAnswerError, NotFoundError


@pytest.mark.parametrize(
    ("sku", "reason"),
    [
        ("SKU-NONE", "not in stock: unknown SKU SKU-NONE"),
        ("SKU-SHELF", "not in stock: SKU-SHELF: 2 wanted, 0 available"),
    ],
)
async def test_what_the_inventory_cannot_give_is_rejected(shop: Shop, sku: str, reason: str) -> None:
    request = await shop.start(lines=[line("SKU-CHAIR", 1, 1), line(sku, 2, 1)], when_short="reject")
    view = await shop.ended(request)
    assert (view.status, view.reason, view.reservation) == (OrderStatus.REJECTED, reason, None)
    assert shop.world.inventory.available.total() == 200
    assert list(shop.world.inventory.reservations.values()) == ["RELEASED"]
    assert reason in shop.world.mailer.sent[f"{request.order_id}/rejected"][2]
    assert shop.world.faults.calls["reserve"] == 1


@pytest.mark.skips_time
async def test_mail_that_is_down_delays_nothing_and_is_noted(shop: Shop) -> None:
    shop.world.faults.down("send")
    request = await shop.start()
    await shop.pay(request)
    delivered = await shop.until_status(request, OrderStatus.DELIVERED)
    await shop.pass_time(timedelta(minutes=3))
    view = await shop.ended(request)
    assert delivered.stage_since == view.stage_since
    not_sent = [text.partition(" (")[0] for text in texts(view) if "sent:" in text]
    assert sorted(not_sent) == [
        "e-mail not sent: paid",
        "e-mail not sent: please pay",
        "e-mails not all sent: shipped, delivered",
    ]
    assert shop.world.mailer.sent == {}


async def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    for call in (
        shop.orders.get_order("ORD-NONE"),
        shop.orders.confirm_payment("ORD-NONE", payment()),
        shop.orders.wait_decided("ORD-NONE"),
    ):
        with pytest.raises(NotFoundError, match="there is no order ORD-NONE"):
            await call


async def test_a_closed_order_answers_but_takes_nothing(shop: Shop) -> None:
    request = await shop.start()
    await shop.cancel(request)
    await shop.ended(request)
    assert (await shop.orders.wait_decided(request.order_id)).status == OrderStatus.CANCELLED
    for call in (
        shop.orders.confirm_payment(request.order_id, payment()),
        shop.orders.cancel_order(request.order_id, CancelOrder(reason="again", requested_by="ada")),
    ):
        with pytest.raises(ClosedError, match="has ended and takes no more changes"):
            await call


async def test_an_order_is_started_once(shop: Shop) -> None:
    request = await shop.start()
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await shop.orders.start(request)
    await shop.cancel(request)
    await shop.ended(request)
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await shop.orders.start(request)


async def test_waiting_for_the_decision_ends_in_time(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin()
    with pytest.raises(NoAnswerError, match="its stock is not reserved after 1 s"):
        await shop.orders.wait_decided(request.order_id, within=timedelta(seconds=1))
