"""Orders that cannot be, mail that is down, input that does not fit, and calls to orders that are not there."""

from datetime import timedelta

import pytest

from tests.support.orders import TOTAL, Shop, line, order, payment, texts
from tests.support.resets import NOTHING, reset, reset_points
from workflows.orders.client import workflow_id
from workflows.orders.models import CancelOrder, ExtendPaymentWindow, OrderStatus
from workflows.shared.errors import AlreadyExistsError, ClosedError, NoAnswerError, NotFoundError, RefusedError


@pytest.mark.parametrize(
    ("sku", "reason"),
    [
        ("SKU-NONE", "unknown SKU SKU-NONE"),
        ("SKU-SHELF", "not in stock: SKU-SHELF: 2 wanted, 0 available"),
    ],
)
async def test_what_the_inventory_cannot_give_is_rejected(shop: Shop, sku: str, reason: str) -> None:
    request = await shop.start(lines=[line("SKU-CHAIR", 1, 1), line(sku, 2, 1)], when_short="reject")
    view = await shop.ended(request)
    assert (view.status, view.reason, view.reservation) == (OrderStatus.REJECTED, reason, None)
    assert shop.world.inventory.available.total() == 200
    assert list(shop.world.inventory.reservations.values()) == ["RELEASED"]
    told = shop.world.mailer.sent.get(f"{request.order_id}/rejected")
    assert (told is None) if sku == "SKU-NONE" else (told is not None and reason in told[2]), "a slip of the shop's"
    assert shop.world.faults.calls["reserve"] == 1


@pytest.mark.parametrize(
    ("sku", "words"),
    [
        ("SKU-NONE", "lines.0.sku: unknown SKU SKU-NONE"),
        ("SKU-SHELF", "lines: not in stock: SKU-SHELF: 2 wanted, 0 available"),
    ],
)
async def test_a_start_that_is_rejected_at_once_says_so_and_its_id_can_be_used_again(
    shop: Shop, sku: str, words: str
) -> None:
    right = order(fulfilment_seconds_per_step=0)
    wrong = order(order_id=right.order_id, lines=[line(sku, 2, 1)])
    with pytest.raises(RefusedError) as refused:
        await shop.orders.start(wrong)
    assert (str(refused.value), refused.value.kind) == (words, "Rejected")
    first = (await shop.handle(right).describe()).run_id
    await shop.orders.start(right)
    with pytest.raises(AlreadyExistsError):
        await shop.orders.start(right)
    await shop.pay(right)
    assert (await shop.ended(right)).status == OrderStatus.DELIVERED
    with pytest.raises(AlreadyExistsError):
        await shop.orders.start(wrong)
    assert (await shop.client.get_workflow_handle(workflow_id(right.order_id), run_id=first).result()) is not None


async def test_a_rejected_order_stays_rejected_when_it_is_reset(shop: Shop) -> None:
    request = await shop.begin(lines=[line("SKU-SHELF", 2, 1)])
    before = await shop.ended(request)
    shop.world.inventory.restock_shelf("SKU-SHELF", 5)
    id_, first = workflow_id(request.order_id), (await shop.handle(request).describe()).run_id
    for point in (await reset_points(shop.client, id_, run_id=first))[1:]:
        await reset(shop.client, id_, point, reapply=NOTHING, run_id=first)
        after = await shop.ended(request)
        assert (after.status, after.reason) == (OrderStatus.REJECTED, before.reason)
        assert shop.world.inventory.available["SKU-SHELF"] == 5


@pytest.mark.skips_time
async def test_mail_that_is_down_delays_nothing_and_is_noted(shop: Shop) -> None:
    shop.world.faults.down("send")
    request = await shop.start()
    await shop.pay(request)
    delivered = await shop.until_status(request, OrderStatus.DELIVERED)
    await shop.pass_time(timedelta(minutes=3))
    await shop.pass_time(timedelta(seconds=10))
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
    extension = ExtendPaymentWindow(seconds=60, by="ana", reason="late")
    for call in (
        shop.orders.cancel_order(request.order_id, CancelOrder(reason="again", requested_by="ada")),
        shop.orders.extend_payment_window(request.order_id, extension),
    ):
        with pytest.raises(ClosedError, match=r"takes no more changes: it is cancelled \(changed my mind"):
            await call


async def test_the_client_hands_a_payment_to_the_intake_once_the_order_is_closed(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, paid := payment())
    await shop.ended(request)
    again = await shop.pay(request, paid)
    assert (again.refusal, again.effect) == (None, f"payment {paid.payment_id} had come before; nothing changed")
    late = await shop.pay(request, payment("pay-after-the-end"))
    back = "the payment intake has sent $120.00 back to pay-after-the-end"
    assert late.refusal == f"the order is delivered; {back}"
    assert late.snapshot.view.status == OrderStatus.DELIVERED
    assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_an_order_is_started_once(shop: Shop) -> None:
    request = await shop.start()
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await shop.orders.begin(request)
    await shop.cancel(request)
    await shop.ended(request)
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await shop.orders.begin(request)


async def test_waiting_for_the_decision_ends_in_time(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin()
    with pytest.raises(NoAnswerError, match="its stock is not reserved after 1 s"):
        await shop.orders.wait_decided(request.order_id, within=timedelta(seconds=1))
