"""Payments that come through the payment intake: each ends with an owner, and moves the ledger once."""

import asyncio
from contextlib import suppress
from functools import partial

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError

from tests.support.eventually import eventually
from tests.support.orders import A_ROUND, HOUR, TOTAL, Shop, moves, open_shop, stocked, texts
from tests.support.payments import Intake
from tests.support.temporal import fresh
from workers.store.ledger import Ledger
from workflows.orders.client import WORKFLOW_TYPE, payment_workflow_id, workflow_id
from workflows.orders.models import OrderStatus, PaymentStatus
from workflows.orders.payment_intake.models import (
    PaymentDecided,
    PaymentIntakeView,
    PaymentOutcome,
    PaymentResult,
    PaymentStage,
    TakePayment,
)
from workflows.orders.ports import Capture, CaptureRefusedError, Refund
from workflows.orders.views.models import CaptureStatus, OrderView, PaymentView
from workflows.shared import summary
from workflows.shared.errors import ClosedError, NotFoundError, RefusedError

APPLIED, REFUNDED = PaymentOutcome.APPLIED, PaymentOutcome.REFUNDED


async def test_a_payment_pays_its_order(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id)
    assert await intake.pay() == PaymentResult(payment_id=intake.id, order_id=request.order_id, outcome=APPLIED)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    row = (await intake.handle.describe()).typed_search_attributes
    assert (row[summary.STAGE], row[summary.OWNER]) == ("APPLIED", request.order_id)
    await intake.client.look_again(intake.request)
    assert (await intake.client.wait(intake.id)).outcome == APPLIED, "the goods have left"
    with pytest.raises(ClosedError):
        await intake.resolve("refund", "retry")
    assert intake.moves == (TOTAL, [])


async def test_a_payment_that_is_handed_in_again_is_answered_the_same(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id)
    outcomes = await asyncio.gather(*(intake.outcome() for _ in range(5)))
    await shop.cancel(request)
    await shop.ended(request)
    assert {*outcomes, await intake.outcome()} == {APPLIED}
    assert intake.moves == (TOTAL, [TOTAL])
    assert intake.returned_emails == []


@pytest.mark.parametrize("intake_first", [True, False])
async def test_intake_and_signal_one_after_the_other_move_the_ledger_once(shop: Shop, *, intake_first: bool) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id)
    if intake_first:
        await intake.pay()
    assert (await shop.pay(request, intake.as_signal)).refusal is None
    if not intake_first:
        assert await intake.outcome() == APPLIED
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert moves(view) == [("capture", TOTAL)]
    assert intake.moves == (TOTAL, [])


async def test_intake_signal_and_cancellation_at_once_give_the_money_back_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id)

    async def signal() -> None:
        with suppress(ClosedError):
            await shop.pay(request, intake.as_signal)

    await asyncio.gather(intake.pay(), signal(), shop.cancel(request))
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED
    assert intake.moves == (TOTAL, [TOTAL])


@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_a_closed_order_kept_or_refunded_is_not_moved_again(shop: Shop, *, cancelled: bool) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR if cancelled else 0)
    intake = Intake(shop, request.order_id)
    await shop.pay(request, intake.as_signal)
    if cancelled:
        await shop.cancel(request)
    await shop.ended(request)
    result = await intake.pay()
    assert result.outcome == (REFUNDED if cancelled else APPLIED)
    assert result.refund_reference == (shop.world.payments.reference(intake.refund_key) if cancelled else None)
    assert intake.moves == (TOTAL, [TOTAL] * cancelled)
    assert intake.returned_emails == [], "the e-mail about the cancellation says it"


async def test_a_known_payment_of_another_order_is_refused(shop: Shop) -> None:
    first, second = await shop.start(), await shop.start()
    intake = Intake(shop, first.order_id)
    await intake.pay()
    with pytest.raises(RefusedError) as refused:
        await intake.pay(order_id=second.order_id)
    assert str(refused.value) == (
        f"payment {intake.id} is known as $120.00 for order {first.order_id},"
        f" and this is $120.00 for order {second.order_id}; nothing was moved"
    )
    assert intake.moves == (TOTAL, [])


async def test_a_payment_that_the_ledger_has_with_another_amount_fails_and_may_be_corrected(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id)
    await shop.pay(request, intake.as_signal)
    await shop.until(request, lambda view: bool(view.ledger))
    with pytest.raises(RefusedError) as refused:
        await intake.pay(amount=1)
    assert refused.value.kind == "PaymentConflict"
    assert str(refused.value).endswith(
        f"payment {intake.id} is in the ledger already, as $120.00 for order {request.order_id};"
        f" what came now is $0.01 for order {request.order_id}; nothing was moved"
    )
    assert await intake.outcome() == APPLIED
    assert intake.moves == (TOTAL, [])


async def test_the_ledger_decides_if_signal_and_intake_name_different_amounts(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id)
    shop.world.faults.down("record_capture")
    await shop.pay(request, intake.as_signal.model_copy(update={"amount": 1}))
    await Ledger(shop.world.store).book_capture(Capture(intake.id, request.order_id, TOTAL, "USD"), "first")
    paying = asyncio.create_task(intake.outcome())
    shop.world.faults.up("record_capture")
    assert await paying == APPLIED
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert intake.moves == (TOTAL, [])


async def test_a_payment_that_was_signalled_before_its_capture_counts_when_it_is_handed_in(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id)
    shop.world.faults.down("record_capture", error=CaptureRefusedError(intake.id, "it is processing"))
    await shop.pay(request, intake.as_signal)
    await shop.until(request, lambda view: bool(view.refusals))
    shop.world.faults.up("record_capture")
    assert await intake.outcome() == APPLIED
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert intake.moves == (TOTAL, [])


async def test_an_unknown_payment_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="there is no payment pay-nowhere"):
        await Intake(shop, "ORD-1", "pay-nowhere").view()


async def test_forwarding_to_the_order_again_is_answered_the_same(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    taken = TakePayment(payment_id=fresh("pay"), amount=TOTAL, currency="USD")
    first = await shop.orders.take_payment(request.order_id, taken)
    again = await shop.orders.take_payment(request.order_id, taken)
    under_another_update_id = await shop.handle(request).execute_update("take_payment", taken, result_type=PaymentView)
    assert first == again == under_another_update_id
    with pytest.raises(WorkflowUpdateFailedError) as contradiction:
        await shop.handle(request).execute_update("take_payment", taken.model_copy(update={"amount": 1}))
    assert "knows payment" in str(contradiction.value.cause)
    assert first.status == CaptureStatus.APPLIED
    assert len((await shop.until(request, lambda view: bool(view.ledger))).ledger) == 1


async def test_a_parked_payment_waits_until_the_order_itself_says_that_it_is_accepted(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id, amount=1)
    await intake.start_and_park()
    await intake.handle.signal("payment_decided", PaymentDecided(outcome=APPLIED))  # from somebody else
    assert (await intake.view()).stage == PaymentStage.PARKED
    with pytest.raises(RefusedError, match="is still on its way"):
        await intake.client.look_again(intake.request)
    await shop.decide_payment(request, intake.id, "accept")
    assert await intake.outcome() == APPLIED
    assert intake.moves == (1, [])
    assert await intake.told() == 1, "and not only when it looks again"


async def test_a_payment_refuses_signals_that_it_cannot_take_until_a_right_one_comes(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id, amount=1)
    await intake.start_and_park()
    await intake.handle.signal("payment_decided", {"outcome": "MAYBE"})
    view = await intake.until(lambda view: bool(view.refusals))
    reason = "outcome: Input should be 'APPLIED' or 'REFUNDED', not 'MAYBE'"
    assert [(each.signal, each.reason) for each in view.refusals] == [("payment_decided", reason)]
    assert view.timeline[-1].text == f"signal payment_decided refused: {reason}"
    assert (view.stage, view.attention) == (PaymentStage.PARKED, "signal_refused")
    await shop.decide_payment(request, intake.id, "accept")
    assert await intake.outcome() == APPLIED
    ended = await intake.view()
    assert (ended.attention, ended.refusal_count) == (None, 1)


@pytest.mark.parametrize("way_out", ["refund", "refund although the workflow is cancelled", "cancel", "another pays"])
async def test_a_parked_payment_that_does_not_pay_goes_back(shop: Shop, way_out: str) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id, amount=1)
    await intake.start_and_park()
    if way_out.endswith("cancelled"):
        await intake.handle.cancel()
    if way_out.startswith("refund"):
        await shop.decide_payment(request, intake.id, "refund")
    elif way_out == "cancel":
        await shop.cancel(request)
    else:
        await shop.pay(request)
    result = await intake.pay()
    assert (result.outcome, result.refund_reference) == (REFUNDED, shop.world.payments.reference(intake.refund_key))
    assert intake.moves == (1, [1])
    assert await intake.told() == 1, "and not only when it looks again"


async def test_a_second_payment_goes_back_and_the_customer_is_told_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    await shop.pay(request)
    intake = Intake(shop, request.order_id)
    result = await intake.pay()
    assert (result.outcome, result.refund_reference) == (REFUNDED, shop.world.payments.reference(intake.refund_key))
    assert intake.moves == (TOTAL, [TOTAL])
    assert len(await eventually(lambda: intake.returned_emails)) == 1
    view = await intake.view()
    assert view.stage == PaymentStage.REFUNDED
    assert view.reason.startswith("the order is paid already, with ")


async def test_a_payment_for_a_closed_order_goes_back_and_the_customer_is_told(shop: Shop) -> None:
    request = await shop.start()
    await shop.cancel(request)
    await shop.ended(request)
    intake = Intake(shop, request.order_id, customer_email="someone.else@example.com")
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])
    ((to, subject, body),) = intake.returned_emails
    assert to == "ada@example.com", "the order's address comes before the gateway's"
    assert subject == f"Order {request.order_id}: $120.00 goes back to you"
    assert f"order {request.order_id} is cancelled" in body


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        ({"customer_email": "eve@example.com", "customer_phone": "+12025550101"}, "e-mail: returned"),
        ({"customer_phone": "+1 202 555 0101"}, "SMS: returned"),
        ({}, "nobody to tell"),
    ],
)
async def test_a_payment_for_an_unknown_order_goes_back(shop: Shop, address: dict[str, str], channel: str) -> None:
    intake = Intake(shop, fresh("ORD"), **address)
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])
    assert [to for to, _, _ in intake.returned_emails] == ([intake.request.address] if address else [])
    view = await intake.view()
    assert view.reason == f"there is no order {intake.request.order_id}"
    assert view.timeline[-1].text.startswith(channel)
    snapshot = await intake.client.get_snapshot(payment_workflow_id(intake.id), PaymentIntakeView)
    assert snapshot.view == view


async def test_a_payment_for_an_order_with_an_invalid_start_goes_back(shop: Shop) -> None:
    order_id = fresh("ORD")
    invalid = await shop.client.start_workflow(
        WORKFLOW_TYPE, {"order_id": order_id}, id=workflow_id(order_id), task_queue=shop.task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await invalid.result()
    intake = Intake(shop, order_id)
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])


@pytest.mark.parametrize("lost", ["record_capture", "refund", "send"])
async def test_lost_answers_move_nothing_twice(shop: Shop, lost: str) -> None:
    shop.world.faults.lose_answers(lost, 2)
    intake = Intake(shop, fresh("ORD"), customer_email="eve@example.com")
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])
    assert len(intake.returned_emails) == 1


async def stuck_with(shop: Shop, port: str, step: str) -> Intake:
    """Return a payment for no order with one stuck step, since the port does not answer."""
    shop.world.faults.down(port)
    intake = Intake(shop, fresh("ORD"), customer_email="eve@example.com")
    await intake.start()
    await shop.pass_time(A_ROUND)
    await intake.until(lambda view: [each.step for each in view.stuck] == [f"{step}/{intake.id}"])
    return intake


@pytest.mark.skips_time
@pytest.mark.parametrize(
    ("port", "step", "attention"),
    [("refund", "refund", "refund_failed"), ("record_capture", "record", "ledger_unavailable")],
)
async def test_a_stuck_step_is_listed_and_can_be_retried_at_once(
    shop: Shop, port: str, step: str, attention: str
) -> None:
    intake = await stuck_with(shop, port, step)
    faults = shop.world.faults
    view = await intake.view()
    assert (view.attention, view.stuck[0].reason) == (attention, f"{port} is down")
    (action,) = view.actions
    assert (action.name, action.enabled) == ("resolve_step", True)
    assert "retry tries it now" in (action.effect or "")
    calls = faults.calls[port]
    faults.up(port)
    after = await intake.resolve(step, "retry", reason="it is back")
    assert texts(after)[-1] == f"{view.stuck[0].name}: tried again now, by ana: it is back"
    assert (await intake.client.wait(intake.id)).outcome == PaymentOutcome.REFUNDED
    assert faults.calls[port] == calls + 1
    assert intake.moves == (TOTAL, [TOTAL])
    ended = await intake.view()
    assert (ended.attention, ended.stuck, ended.actions[0].reason) == (None, [], "no step is stuck")


@pytest.mark.skips_time
async def test_a_refund_by_hand_is_booked_and_the_provider_sends_nothing(shop: Shop) -> None:
    intake = await stuck_with(shop, "refund", "refund")
    payments, faults = shop.world.payments, shop.world.faults
    calls = faults.calls["refund"]
    for decision, more, words in (
        ("skip", {"reason": "why not"}, " cannot be skipped: money must have an owner"),
        ("resolve", {"reference": "transfer 1"}, "reason: say why the step is to be resolved"),
        ("resolve", {"reason": "sent"}, "say under which reference it was sent"),
    ):
        with pytest.raises(RefusedError, match=words):
            await intake.resolve("refund", decision, **more)
    await intake.resolve("refund", "resolve", reason="the card is closed", reference="transfer 4711")
    result = await intake.client.wait(intake.id)
    assert (result.outcome, result.refund_reference) == (PaymentOutcome.REFUNDED, "transfer 4711")
    faults.up("refund")  # the provider is back, and an attempt that was under way reaches it
    late = await payments.refund(Refund(intake.refund_key, intake.id, intake.request.order_id, TOTAL, "USD"))
    assert late == (await intake.pay()).refund_reference == "transfer 4711"
    assert faults.calls["refund"] == calls + 1, "only the late attempt"
    assert payments.refunds == {intake.refund_key: (intake.id, TOTAL, "USD")}
    decided = f"refund of $120.00 to {intake.id}: resolved by hand (transfer 4711), by ana: the card is closed"
    assert decided in texts(await intake.view())
    assert len(intake.returned_emails) == 1


@pytest.mark.parametrize("mark", ["", '"', "'"], ids=["searchable", "quotation mark", "apostrophe"])
async def test_an_order_that_has_ended_shows_what_came_later(shop: Shop, mark: str) -> None:
    request = await shop.start(order_id=fresh("ORD") + mark)
    assert await Intake(shop, request.order_id).outcome() is APPLIED
    order = await shop.ended(request)
    assert await shop.orders.get_late(order) == ([], [])
    late = Intake(shop, request.order_id)
    assert await late.outcome() is REFUNDED
    [shown], _ = await eventually(
        partial(shop.orders.get_late, order), lambda late: late[0] and late[0][0].stage == "REFUNDED"
    )
    assert (shown.payment_id, shown.stage, shown.amount, shown.currency) == (late.id, "REFUNDED", TOTAL, "USD")
    assert shown.reason == f"order {request.order_id} is delivered"
    snapshot = await shop.orders.get_snapshot(workflow_id(request.order_id), OrderView)
    assert snapshot.view.late_payments == [shown]


async def test_a_payment_that_comes_before_its_order_waits_for_it(client: Client) -> None:
    async with open_shop(client, stocked(payment_waits_seconds=900)) as shop:
        intake = Intake(shop, fresh("ORD"))
        await intake.start()
        waiting = await intake.until(lambda view: view.stage == PaymentStage.AWAITING_ORDER)
        assert waiting.reason == f"there is no order {intake.request.order_id}; it may come within 15 minutes"
        request = await shop.start(order_id=intake.request.order_id)
        paid = await shop.until(request, lambda view: bool(view.ledger))
        assert (paid.payment_status, intake.moves) == (PaymentStatus.PAID, (TOTAL, []))
        assert await intake.outcome() == APPLIED


async def test_a_payment_whose_order_does_not_come_in_time_goes_back(client: Client) -> None:
    async with open_shop(client, stocked(payment_waits_seconds=1)) as shop:
        intake = Intake(shop, fresh("ORD"), customer_email="eve@example.com")
        assert await intake.outcome() == REFUNDED
        assert intake.moves == (TOTAL, [TOTAL])
        assert any("waits for its order" in entry.text for entry in (await intake.view()).timeline)
