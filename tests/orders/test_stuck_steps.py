"""Steps that fail again and again: they are listed, and an operator retries, skips or resolves them."""

from datetime import timedelta

import pytest

from tests.support.orders import A_ROUND, TOTAL, Shop, action, line, moves, payment, texts
from workflows.orders.activities import OrderActivities
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.steps.stuck import STEP_RULES, StepKind
from workflows.orders.views.models import OrderView, ReservationStatus
from workflows.shared.errors import RefusedError

pytestmark = pytest.mark.skips_time

A_ROUND_OF_TRYING = 6
"""Attempts."""


async def cancelled_while_down(shop: Shop, *ports: str) -> tuple[OrderRequest, str]:
    """Return a paid order that is being cancelled while those ports do not answer, and the step of its refund."""
    request = await shop.paid()
    shop.world.faults.down(*ports)
    await shop.cancel(request)
    return request, f"refund/pay-{request.order_id}"


async def paid_while_down(shop: Shop, port: str) -> OrderRequest:
    """Return an order that was paid at once, while that port does not answer."""
    shop.world.faults.down(port)
    request = await shop.begin()
    await shop.pay(request, payment(f"pay-{request.order_id}"))
    return request


def held(view: OrderView) -> list[ReservationStatus]:
    return [reservation.status for reservation in view.reservations]


def test_every_kind_of_step_may_be_skipped_or_says_why_not() -> None:
    assert set(STEP_RULES) == set(StepKind)
    for rule in STEP_RULES.values():
        assert bool(rule.skipped) != bool(rule.never)
        assert rule.by_hand or rule.never
    assert STEP_RULES[StepKind.REFUND].moves_money
    assert not STEP_RULES[StepKind.REFUND].skipped


@pytest.mark.parametrize("port", ["reserve", "record_capture", "consume"])
async def test_a_stuck_step_is_listed_until_it_works_and_a_retry_does_not_wait(shop: Shop, port: str) -> None:
    request = await paid_while_down(shop, port)
    step = f"record/pay-{request.order_id}" if port == "record_capture" else port
    stuck = (await shop.until_stuck(request, step)).stuck[0]
    assert stuck.reason == f"{port} is down"
    assert stuck.name
    calls = shop.world.faults.calls[port]
    shop.world.faults.up(port)
    after = await shop.resolve(request, step, "retry")
    assert texts(after)[-1] == f"{stuck.name}: tried again now, by ana"
    done = await shop.until(request, lambda view: not view.stuck)
    assert shop.world.faults.calls[port] == calls + 1
    assert done.updated_at - stuck.since < timedelta(minutes=1)
    view = await shop.ended(request)
    assert (view.status, view.attention, view.stuck) == (OrderStatus.DELIVERED, None, [])


async def test_a_stuck_refund_says_its_amount_stops_no_other_step_and_is_tried_for_days(shop: Shop) -> None:
    request, step = await cancelled_while_down(shop, "refund")
    paid = f"pay-{request.order_id}"
    view = await shop.until_stuck(request, step)
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "refund_failed")
    assert (view.payment_status, held(view)) == (PaymentStatus.REFUND_PENDING, [ReservationStatus.RELEASED])
    assert view.reason == f"refund of $120.00 to {paid} failed: refund is down"
    assert f"{view.reason}; trying again until it works" in texts(view)
    assert action(view).reason == "the order is being cancelled"
    assert action(view, "resolve_step").effect == (
        f"refund of $120.00 to {paid} ({step}): retry tries it now, resolve says that the money was sent by"
        " another way, and books that in the ledger under its reference"
    )
    tries = shop.world.faults.calls["refund"]
    await shop.pass_time(timedelta(days=3))
    assert shop.world.faults.calls["refund"] > tries
    row = await shop.orders.get_summary(workflow_id(request.order_id))
    assert (row.stage, row.attention) == ("NEEDS_ACTION", "refund_failed")
    shop.world.faults.up("refund")
    await shop.resolve(request, step, "retry", reason="the bank is back")
    ended = await shop.ended(request)
    assert (ended.status, ended.reason, ended.attention) == (OrderStatus.CANCELLED, "changed my mind (ada)", None)
    assert ended.payment_status == PaymentStatus.REFUNDED
    assert shop.world.faults.calls["release"] == 1


async def test_money_that_somebody_sent_by_hand_is_booked_and_not_sent_again(shop: Shop) -> None:
    request, step = await cancelled_while_down(shop, "refund", "record_manual_refund")
    paid = f"pay-{request.order_id}"
    await shop.until_stuck(request, step)
    sent = shop.world.faults.calls["refund"]
    await shop.resolve(request, step, "resolve", reason="the card is closed", reference="transfer 4711")
    await shop.pass_time(A_ROUND)
    view = await shop.until(request, lambda view: view.stuck[0].reason == "record_manual_refund is down")
    assert view.status == OrderStatus.NEEDS_ACTION
    shop.world.faults.up("refund", "record_manual_refund")
    await shop.resolve(request, step, "retry")
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert (moves(view)[1:], view.ledger[-1].reference) == ([("refund", TOTAL)], "transfer 4711")
    assert shop.world.faults.calls["refund"] == sent
    assert shop.world.payments.refunds == {f"{request.order_id}/refund/{paid}": (paid, TOTAL, "USD")}
    by_hand = f"refund of $120.00 to {paid}: resolved by hand (transfer 4711), by ana: the card is closed"
    assert by_hand in texts(view)


async def test_of_a_refund_by_hand_and_one_that_the_provider_made_the_first_stands(shop: Shop) -> None:
    request = await shop.paid()
    step = f"refund/pay-{request.order_id}"
    shop.world.faults.lose_answers("refund", 100)
    await shop.cancel(request)
    await shop.until_stuck(request, step)
    await shop.resolve(request, step, "resolve", reason="no answer", reference="transfer 4711")
    view = await shop.ended(request)
    assert shop.world.payments.kept(request.order_id) == 0
    assert view.ledger[-1].reference != "transfer 4711"
    before = f"refund of $120.00 to pay-{request.order_id} had been sent before"
    assert any(text.startswith(before) for text in texts(view))


@pytest.mark.parametrize(
    ("decision", "status", "words"),
    [("skip", ReservationStatus.HELD, "skipped"), ("resolve", ReservationStatus.RELEASED, "resolved by hand")],
)
async def test_a_stuck_release_can_be_skipped_or_done_by_hand(
    shop: Shop, decision: str, status: ReservationStatus, words: str
) -> None:
    request = await shop.start()
    shop.world.faults.down("release")
    await shop.cancel(request)
    view = await shop.until_stuck(request, "release")
    assert (view.status, view.reason) == (OrderStatus.NEEDS_ACTION, "release of 3 pieces failed: release is down")
    await shop.pass_time(timedelta(hours=5))
    await shop.resolve(request, "release", decision, reason="the stock is counted anew")
    view = await shop.ended(request)
    assert (view.status, view.attention, view.stuck) == (OrderStatus.CANCELLED, None, [])
    assert held(view) == [status]
    assert f"release of 3 pieces: {words}, by ana: the stock is counted anew" in texts(view)


async def test_of_two_releases_the_one_that_is_still_stuck_keeps_asking_for_attention(shop: Shop) -> None:
    shop.world.inventory.restock_shelf("SKU-SHELF", 1)
    request = await shop.start(lines=[line("SKU-SHELF", 2, 1_000)], when_short="ship_available")
    shop.world.faults.down("release")
    await shop.cancel(request)
    await shop.until_stuck(request, "release", "release/2")
    await shop.resolve(request, "release", "skip", reason="never mind")
    view = await shop.until_stuck(request, "release/2")
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "release_failed")
    shop.world.faults.up("release")
    await shop.resolve(request, "release/2", "retry")
    assert (await shop.ended(request)).attention is None


async def test_a_parcel_that_cannot_be_recalled_can_be_left_to_the_carrier(shop: Shop) -> None:
    shop.world.faults.down("recall_parcel")
    request = await paid_while_down(shop, "create_parcel")
    stuck = await shop.until_stuck(request, "hand_over")
    assert (stuck.status, stuck.attention) == (OrderStatus.FULFILLING, "carrier_unavailable")
    await shop.cancel(request)
    view = await shop.until_stuck(request, "recall")
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "recall_failed")
    await shop.resolve(request, "recall", "skip", reason="the depot knows")
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)


@pytest.mark.parametrize(
    ("decision", "status"),
    [("skip", ReservationStatus.HELD), ("resolve", ReservationStatus.CONSUMED), ("retry", ReservationStatus.CONSUMED)],
)
async def test_a_parcel_goes_on_and_its_order_stays_open_until_its_pieces_are_booked_out_or_that_is_decided(
    shop: Shop, decision: str, status: ReservationStatus
) -> None:
    shop.world.faults.down("consume")
    request = await shop.shipped()
    stuck = await shop.until_stuck(request, "consume")
    assert (stuck.status, stuck.attention) == (OrderStatus.SHIPPED, "stock_unavailable")
    await shop.report(request, ShipmentStatus.DELIVERED)
    await shop.until(request, lambda view: texts(view)[-1] == "e-mail: delivered")
    assert shop.world.inventory.count("held") == 3
    if decision == "retry":
        shop.world.faults.up("consume")
    await shop.resolve(request, "consume", decision, reason="counted by hand")
    view = await shop.ended(request)
    assert (view.status, view.attention, held(view)) == (OrderStatus.DELIVERED, None, [status])
    assert shop.world.inventory.count("consumed") == (3 if decision == "retry" else 0)


async def test_what_may_not_be_left_out_is_refused_and_changes_nothing(shop: Shop) -> None:
    request, refund = await cancelled_while_down(shop, "refund", "release")
    await shop.pass_time(A_ROUND)
    before = await shop.until_stuck(request, refund, "release")
    for step, decision, more, kind, words in (
        (refund, "skip", {"reason": "too dear"}, "NotNow", "cannot be skipped: money must have an owner"),
        (refund, "resolve", {"reason": "sent"}, "NotNow", "reference: "),
        (refund, "resolve", {"reference": "transfer 1"}, "InvalidRequest", "reason: "),
        ("release", "skip", {}, "InvalidRequest", "reason: say why the step is to be skipped"),
        ("reserve", "retry", {}, "NotNow", f"step reserve is not stuck; stuck: {refund}, release"),
    ):
        with pytest.raises(RefusedError) as refused:
            await shop.resolve(request, step, decision, **more)
        assert refused.value.kind == kind
        assert words in str(refused.value)
    after = await shop.orders.get_order(request.order_id)
    assert (after.stuck, texts(after)) == (before.stuck, texts(before))
    shop.world.faults.up("refund", "release")
    await shop.resolve(request, "release", "retry")
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED


@pytest.mark.parametrize(
    ("port", "step", "decisions"),
    [("reserve", "reserve", ["skip", "resolve"]), ("create_parcel", "hand_over", ["skip"])],
)
async def test_what_an_order_cannot_do_without_is_not_left_out_but_it_can_be_cancelled(
    shop: Shop, port: str, step: str, decisions: list[str]
) -> None:
    request = await paid_while_down(shop, port)
    await shop.until_stuck(request, step)
    for decision in decisions:
        with pytest.raises(RefusedError, match="can be cancelled instead"):
            await shop.resolve(request, step, decision, reason="never mind", reference="x")
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.stuck, view.attention) == (OrderStatus.CANCELLED, [], None)


async def test_what_the_carrier_still_does_not_know_of_a_cancelled_order_keeps_asking_for_attention(
    shop: Shop,
) -> None:
    request = await shop.shipped()
    shop.world.faults.down("update_parcel")
    await shop.report(request, ShipmentStatus.LOST)
    track = f"track/{request.order_id}-P1/{ShipmentStatus.LOST}"
    assert (await shop.until_stuck(request, track)).attention == "parcel_lost"
    await shop.cancel(request)
    view = await shop.until_status(request, OrderStatus.CANCELLED)
    assert [stuck.step for stuck in view.stuck] == [track]
    assert view.attention == "carrier_unavailable"
    await shop.resolve(request, track, "skip", reason="never mind")
    view = await shop.ended(request)
    assert (view.status, view.attention, view.stuck) == (OrderStatus.CANCELLED, None, [])


async def test_a_delivery_that_the_carrier_does_not_record_is_told_and_keeps_the_order_open(shop: Shop) -> None:
    request = await shop.shipped()
    shop.world.faults.down("update_parcel")
    await shop.report(request, ShipmentStatus.DELIVERED)
    track = f"track/{request.order_id}-P1/{ShipmentStatus.DELIVERED}"
    view = await shop.until_stuck(request, track)
    assert (view.status, view.attention) == (OrderStatus.DELIVERED, "carrier_unavailable")
    assert "e-mail: delivered" in [entry.text for entry in view.timeline]
    record = await shop.world.items.find(workflow_id(request.order_id))
    assert record is not None
    assert not record.finished
    shop.world.faults.up("update_parcel")
    await shop.resolve(request, track, "retry")
    view = await shop.ended(request)
    assert (view.status, view.attention, view.stuck) == (OrderStatus.DELIVERED, None, [])
    assert shop.world.carrier.parcels == {f"{request.order_id}-P1": "delivered"}


@pytest.mark.parametrize("answers_lost", [A_ROUND_OF_TRYING, 0], ids=["answer-lost", "down"])
async def test_what_comes_back_before_it_is_known_to_be_booked_out_is_in_stock_again(
    shop: Shop, answers_lost: int
) -> None:
    if answers_lost:
        shop.world.faults.lose_answers("consume", 1 + answers_lost)  # the first is that of the hand-over
    else:
        shop.world.faults.down("consume")
    request = await shop.shipped()
    await shop.until_stuck(request, "consume")
    assert (await shop.cancel(request)).snapshot.view.return_offered
    assert (await shop.report(request, ShipmentStatus.RETURNED)).refusal is None
    view = await shop.until_status(request, OrderStatus.CANCELLED)
    assert (view.payment_status, view.attention) == (PaymentStatus.REFUNDED, "stock_unavailable")
    assert (shop.world.inventory.count("held"), shop.world.inventory.count("consumed")) == (0, 0)
    shop.world.faults.up("consume")
    await shop.resolve(request, "consume", "retry")
    view = await shop.ended(request)
    assert (view.attention, held(view)) == (None, [ReservationStatus.RELEASED])
    assert (shop.world.inventory.count("held"), shop.world.inventory.count("consumed")) == (0, 0)


async def test_what_a_hand_over_without_an_answer_booked_out_comes_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def book_out(_: OrderActivities, reservation_id: str) -> bool:
        await shop.world.inventory.consume(reservation_id)
        raise ConnectionError("the worker is gone")

    monkeypatch.setattr(OrderActivities, "_book_out", book_out)
    request = await shop.start()
    await shop.pay(request)
    await shop.until_stuck(request, "hand_over")
    assert shop.world.inventory.count("consumed") == 3
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, held(view)) == (OrderStatus.CANCELLED, [ReservationStatus.RELEASED])
    assert (shop.world.inventory.count("held"), shop.world.inventory.count("consumed")) == (0, 0)


async def test_a_parcel_that_was_given_to_a_carrier_by_hand_goes_its_way(shop: Shop) -> None:
    shop.world.faults.down("create_parcel")
    request = await shop.paid()
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_stuck(request, "hand_over")
    reason = "their system is down"
    after = await shop.resolve(request, "hand_over", "resolve", reason=reason, reference="Alpine Post")
    assert texts(after)[-1].endswith(reason)
    shipped = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [(parcel.carrier, parcel.status) for parcel in shipped.parcels] == [("Alpine Post", ShipmentStatus.SHIPPED)]
    assert shipped.attention is None
    shop.world.faults.up("create_parcel")
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, view.stuck) == (OrderStatus.DELIVERED, [])
    assert shop.world.carrier.parcels == {}
    assert shop.world.inventory.count("consumed") == 3
