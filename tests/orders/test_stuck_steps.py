"""Steps that fail again and again: they are listed, and an operator retries, skips or resolves them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.orders import TOTAL, Shop, order, payment
from workflows.orders.models import OrderRequest, OrderStatus, PaymentStatus, ResolveStep, ShipmentStatus
from workflows.orders.steps.stuck import STEP_RULES, StepKind
from workflows.orders.views.models import OrderView, ReservationStatus
from workflows.shared.errors import RefusedError

A_ROUND = timedelta(seconds=50)
"""More than one round of trying takes, and less than the pause after it."""

A_ROUND_OF_TRYING = 6
"""Attempts."""

DAY = 86_400


@pytest.fixture
def shop(patient_shop: Shop) -> Shop:
    """Give a shop in which time can pass."""
    return patient_shop


async def resolve(shop: Shop, request: OrderRequest, step: str, decision: str, **more: Any) -> OrderView:  # noqa: ANN401 - any field
    fields = {"step": step, "decision": decision, "by": "ana"} | more
    return await shop.orders.resolve_step(request.order_id, ResolveStep.model_validate(fields))


async def until_stuck(shop: Shop, request: OrderRequest, *steps: str) -> OrderView:
    """Let a round of trying fail, and return the order when those steps are stuck."""
    await shop.pass_time(A_ROUND)
    return await shop.until(request, lambda view: {stuck.step for stuck in view.stuck} == set(steps))


async def cancelled_while_down(shop: Shop, *ports: str, pay: bool = True) -> OrderRequest:
    """Return a reserved order that is being cancelled, while those ports do not answer."""
    request = await shop.start(fulfilment_seconds_per_step=DAY)
    if pay:
        await shop.pay(request, payment(f"pay-{request.order_id}"))
        await shop.until(request, lambda view: bool(view.ledger))
    shop.world.faults.down(*ports)
    await shop.cancel(request)
    return request


def told(view: OrderView) -> list[str]:
    return [entry.text for entry in view.timeline]


def test_every_kind_of_step_may_be_skipped_or_says_why_not() -> None:
    assert set(STEP_RULES) == set(StepKind)
    for rule in STEP_RULES.values():
        assert bool(rule.skipped) != bool(rule.never)
        assert rule.by_hand or rule.never
    assert STEP_RULES[StepKind.REFUND].moves_money
    assert not STEP_RULES[StepKind.REFUND].skipped


async def test_a_step_that_works_is_never_stuck(shop: Shop) -> None:
    shop.world.faults.lose_answers("refund", 1)
    request = await shop.paid()
    await shop.cancel(request)
    view = await shop.ended(request)
    assert view.stuck == []
    assert not any("failed" in text for text in told(view))
    assert next(action.reason for action in view.actions if action.name == "resolve_step") == "no step is stuck"


@pytest.mark.parametrize(
    ("port", "step"), [("reserve", "reserve"), ("record_capture", "record"), ("consume", "consume")]
)
async def test_a_stuck_step_is_listed_until_it_works_and_a_retry_does_not_wait(
    shop: Shop, port: str, step: str
) -> None:
    shop.world.faults.down(port)
    request = order()
    paid = payment()
    await shop.orders.start(request)
    await shop.pay(request, paid)
    step_id = f"record/{paid.payment_id}" if step == "record" else step
    stuck = (await until_stuck(shop, request, step_id)).stuck[0]
    assert stuck.reason == f"{port} is down"
    assert stuck.name
    calls = shop.world.faults.calls[port]
    shop.world.faults.up(port)
    after = await resolve(shop, request, step_id, "retry")
    assert told(after)[-1] == f"{stuck.name}: tried again now, by ana"
    done = await shop.until(request, lambda view: not view.stuck)
    assert shop.world.faults.calls[port] == calls + 1
    assert done.updated_at - stuck.since < timedelta(minutes=1)
    view = await shop.ended(request)
    assert (view.status, view.attention, view.stuck) == (OrderStatus.DELIVERED, None, [])


async def test_a_stuck_refund_says_its_amount_and_stops_no_other_step(shop: Shop) -> None:
    request = await cancelled_while_down(shop, "refund")
    paid = f"pay-{request.order_id}"
    view = await until_stuck(shop, request, f"refund/{paid}")
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "refund_failed")
    assert view.payment_status == PaymentStatus.REFUND_PENDING
    assert view.reason == f"refund of $120.00 to {paid} failed: refund is down"
    assert f"{view.reason}; trying again until it works" in told(view)
    assert view.reservation is not None
    assert view.reservation.status == ReservationStatus.RELEASED
    action = next(action for action in view.actions if action.name == "resolve_step")
    assert action.effect == (
        f"refund of $120.00 to {paid} (refund/{paid}): retry tries it now, resolve says that the money was sent by"
        " another way, and books that in the ledger under its reference"
    )
    shop.world.faults.up("refund")
    await resolve(shop, request, f"refund/{paid}", "retry", reason="the bank is back")
    ended = await shop.ended(request)
    assert (ended.status, ended.reason, ended.attention) == (OrderStatus.CANCELLED, "changed my mind (ada)", None)
    assert shop.world.payments.kept(request.order_id) == 0


async def test_money_that_somebody_sent_by_hand_moves_money_and_not_sent_again(shop: Shop) -> None:
    request = await cancelled_while_down(shop, "refund")
    paid = f"pay-{request.order_id}"
    await until_stuck(shop, request, f"refund/{paid}")
    shop.world.faults.up("refund")
    sent = shop.world.faults.calls["refund"]
    await resolve(shop, request, f"refund/{paid}", "resolve", reason="the card is closed", reference="transfer 4711")
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert [(entry.kind, entry.amount, entry.reference) for entry in view.ledger][1:] == [
        ("refund", TOTAL, "transfer 4711")
    ]
    assert shop.world.faults.calls["refund"] == sent
    assert shop.world.payments.refunds == {f"{request.order_id}/refund/{paid}": (paid, TOTAL, "USD")}
    assert f"refund of $120.00 to {paid}: resolved by hand (transfer 4711), by ana: the card is closed" in told(view)


async def test_of_a_refund_by_hand_and_one_that_the_provider_made_the_first_stands(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=DAY)
    paid = f"pay-{request.order_id}"
    await shop.pay(request, payment(paid))
    await shop.until(request, lambda view: bool(view.ledger))
    shop.world.faults.lose_answers("refund", 100)
    await shop.cancel(request)
    await until_stuck(shop, request, f"refund/{paid}")
    await resolve(shop, request, f"refund/{paid}", "resolve", reason="no answer", reference="transfer 4711")
    view = await shop.ended(request)
    assert shop.world.payments.kept(request.order_id) == 0
    assert view.ledger[-1].reference != "transfer 4711"
    assert any(text.startswith(f"refund of $120.00 to {paid} had been sent before") for text in told(view))


async def test_a_refund_by_hand_that_cannot_be_booked_stays_stuck(shop: Shop) -> None:
    request = await cancelled_while_down(shop, "refund", "record_manual_refund")
    step = f"refund/pay-{request.order_id}"
    await until_stuck(shop, request, step)
    await resolve(shop, request, step, "resolve", reason="the card is closed", reference="transfer 4711")
    await shop.pass_time(A_ROUND)
    view = await shop.until(request, lambda view: view.stuck[0].reason == "record_manual_refund is down")
    assert view.status == OrderStatus.NEEDS_ACTION
    shop.world.faults.up("record_manual_refund")
    await resolve(shop, request, step, "retry")
    assert (await shop.ended(request)).ledger[-1].reference == "transfer 4711"


async def test_a_stuck_release_can_be_skipped(shop: Shop) -> None:
    request = await cancelled_while_down(shop, "release", pay=False)
    view = await until_stuck(shop, request, "release")
    assert (view.status, view.reason) == (
        OrderStatus.NEEDS_ACTION,
        "release of 3 pieces failed: release is down",
    )
    await resolve(shop, request, "release", "skip", reason="the stock is counted anew tonight")
    view = await shop.ended(request)
    assert (view.status, view.attention, view.stuck) == (OrderStatus.CANCELLED, None, [])
    assert view.reservation is not None
    assert view.reservation.status == ReservationStatus.HELD
    assert "release of 3 pieces: skipped, by ana: the stock is counted anew tonight" in told(view)


async def test_a_stuck_release_can_be_done_by_hand(shop: Shop) -> None:
    request = await cancelled_while_down(shop, "release", pay=False)
    await until_stuck(shop, request, "release")
    await shop.pass_time(timedelta(hours=5))
    await resolve(shop, request, "release", "resolve", reason="put back")
    view = await shop.ended(request)
    assert view.status == OrderStatus.CANCELLED
    assert view.reservation is not None
    assert view.reservation.status == ReservationStatus.RELEASED


async def test_two_steps_that_are_stuck_are_decided_one_by_one(shop: Shop) -> None:
    request = await cancelled_while_down(shop, "release", "refund")
    refund = f"refund/pay-{request.order_id}"
    await shop.pass_time(A_ROUND)
    await until_stuck(shop, request, "release", refund)
    await resolve(shop, request, refund, "resolve", reason="sent", reference="transfer 1")
    view = await until_stuck(shop, request, "release")
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "release_failed")
    await resolve(shop, request, "release", "skip", reason="never mind")
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED


async def test_of_two_releases_the_one_that_is_still_stuck_keeps_asking_for_attention(shop: Shop) -> None:
    shop.world.inventory.restock_shelf("SKU-SHELF", 1)
    shelves = {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 2, "unit_price": 1_000}
    request = await shop.start(lines=[shelves], when_short="ship_available")
    shop.world.faults.down("release")
    await shop.cancel(request)
    await until_stuck(shop, request, "release", "release/2")
    await resolve(shop, request, "release", "skip", reason="never mind")
    view = await until_stuck(shop, request, "release/2")
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "release_failed")
    shop.world.faults.up("release")
    await resolve(shop, request, "release/2", "retry")
    assert (await shop.ended(request)).attention is None


async def test_a_parcel_that_cannot_be_recalled_can_be_left_to_the_carrier(shop: Shop) -> None:
    shop.world.faults.down("create_parcel", "recall_parcel")
    request = await shop.start()
    await shop.pay(request)
    stuck = await until_stuck(shop, request, "hand_over")
    assert (stuck.status, stuck.attention) == (OrderStatus.FULFILLING, "carrier_unavailable")
    await shop.cancel(request)
    view = await until_stuck(shop, request, "recall")
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "recall_failed")
    await resolve(shop, request, "recall", "skip", reason="the depot knows")
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)


@pytest.mark.parametrize(
    ("decision", "status"), [("skip", ReservationStatus.HELD), ("resolve", ReservationStatus.CONSUMED)]
)
async def test_an_order_can_go_on_although_its_stock_is_not_booked_out(
    shop: Shop, decision: str, status: ReservationStatus
) -> None:
    shop.world.faults.down("consume")
    request = await shop.start()
    await shop.pay(request)
    await until_stuck(shop, request, "consume")
    await resolve(shop, request, "consume", decision, reason="counted by hand")
    view = await shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    assert view.reservation is not None
    assert view.reservation.status == status


async def test_what_has_left_the_house_is_not_put_back_because_its_booking_was_skipped(shop: Shop) -> None:
    shop.world.faults.down("consume")
    request = await shop.paid()
    await shop.report(request, ShipmentStatus.SHIPPED)
    await until_stuck(shop, request, "consume")
    await resolve(shop, request, "consume", "skip", reason="counted by hand")
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.report(request, ShipmentStatus.LOST)
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert shop.world.faults.calls["release"] == 0


async def test_what_may_not_be_left_out_is_refused_and_changes_nothing(shop: Shop) -> None:
    request = await cancelled_while_down(shop, "refund", "release")
    refund = f"refund/pay-{request.order_id}"
    await shop.pass_time(A_ROUND)
    before = await until_stuck(shop, request, refund, "release")
    for step, decision, more, kind, words in (
        (refund, "skip", {"reason": "too dear"}, "NotNow", "cannot be skipped: money must have an owner"),
        (refund, "resolve", {"reason": "sent"}, "NotNow", "reference: "),
        (refund, "resolve", {"reference": "transfer 1"}, "InvalidRequest", "reason: "),
        ("release", "skip", {}, "InvalidRequest", "reason: say why the step is to be skipped"),
        ("reserve", "retry", {}, "NotNow", f"step reserve is not stuck; stuck: {refund}, release"),
    ):
        with pytest.raises(RefusedError) as refused:
            await resolve(shop, request, step, decision, **more)
        assert refused.value.kind == kind
        assert words in str(refused.value)
    after = await shop.orders.get_order(request.order_id)
    assert (after.stuck, told(after)) == (before.stuck, told(before))
    shop.world.faults.up("refund", "release")
    await resolve(shop, request, "release", "retry")
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED


@pytest.mark.parametrize("port", ["reserve", "create_parcel"])
async def test_what_an_order_cannot_do_without_is_not_left_out_but_it_can_be_cancelled(shop: Shop, port: str) -> None:
    shop.world.faults.down(port)
    request = order()
    await shop.orders.start(request)
    await shop.pay(request)
    step, decisions = {"reserve": ("reserve", ["skip", "resolve"]), "create_parcel": ("hand_over", ["skip"])}[port]
    await until_stuck(shop, request, step)
    for decision in decisions:
        with pytest.raises(RefusedError, match="can be cancelled instead"):
            await resolve(shop, request, step, decision, reason="never mind", reference="x")
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.stuck, view.attention) == (OrderStatus.CANCELLED, [], None)
    assert shop.world.payments.kept(request.order_id) == 0


async def test_what_the_carrier_still_does_not_know_of_a_cancelled_order_keeps_asking_for_attention(
    shop: Shop,
) -> None:
    request = await shop.shipped()
    shop.world.faults.down("update_parcel")
    await shop.report(request, ShipmentStatus.LOST)
    track = f"track/{request.order_id}-P1/{ShipmentStatus.LOST}"
    assert (await until_stuck(shop, request, track)).attention == "parcel_lost"
    await shop.cancel(request)
    view = await shop.until_status(request, OrderStatus.CANCELLED)
    assert [stuck.step for stuck in view.stuck] == [track]
    assert view.attention == "carrier_unavailable"
    await resolve(shop, request, track, "skip", reason="never mind")
    view = await shop.ended(request)
    assert (view.status, view.attention, view.stuck) == (OrderStatus.CANCELLED, None, [])


@pytest.mark.parametrize("answers_lost", [A_ROUND_OF_TRYING, 0], ids=["answer-lost", "down"])
async def test_what_comes_back_before_it_is_known_to_be_booked_out_is_in_stock_again(
    shop: Shop, answers_lost: int
) -> None:
    request = await shop.paid()
    if answers_lost:
        shop.world.faults.lose_answers("consume", answers_lost)
    else:
        shop.world.faults.down("consume")
    await shop.report(request, ShipmentStatus.SHIPPED)
    await until_stuck(shop, request, "consume")
    assert (await shop.cancel(request)).snapshot.view.return_offered
    assert (await shop.report(request, ShipmentStatus.RETURNED)).refusal is None
    view = await shop.until_status(request, OrderStatus.CANCELLED)
    assert (view.payment_status, view.attention) == (PaymentStatus.REFUNDED, "stock_unavailable")
    assert (shop.world.inventory.count("held"), shop.world.inventory.count("consumed")) == (0, 0)
    shop.world.faults.up("consume")
    await resolve(shop, request, "consume", "retry")
    view = await shop.ended(request)
    assert view.attention is None
    assert view.reservation is not None
    assert view.reservation.status == ReservationStatus.RELEASED
    assert (shop.world.inventory.count("held"), shop.world.inventory.count("consumed")) == (0, 0)
    assert shop.world.payments.kept(request.order_id) == 0


async def test_a_parcel_that_was_given_to_a_carrier_by_hand_goes_its_way(shop: Shop) -> None:
    shop.world.faults.down("create_parcel")
    request = await shop.paid()
    await shop.report(request, ShipmentStatus.SHIPPED)
    await until_stuck(shop, request, "hand_over")
    after = await resolve(shop, request, "hand_over", "resolve", reason="their system is down", reference="Alpine Post")
    assert told(after)[-1].endswith("their system is down")
    shipped = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [(parcel.carrier, parcel.status) for parcel in shipped.parcels] == [("Alpine Post", ShipmentStatus.SHIPPED)]
    assert shipped.attention is None
    shop.world.faults.up("create_parcel")
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, view.stuck) == (OrderStatus.DELIVERED, [])
    assert shop.world.carrier.parcels == {}
    assert shop.world.inventory.count("consumed") == 3
