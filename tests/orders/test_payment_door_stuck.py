"""Payments that are stuck at their front door, and what an operator may do about them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.orders import TOTAL, Shop
from tests.support.payments import at_the_door, money_for, moves, until_door
from tests.support.temporal import fresh
from workflows.orders.models import ResolveStep
from workflows.orders.payment_intake.models import PaymentIntakeView, PaymentOutcome, PaymentRequest, PaymentStage
from workflows.orders.payments.records import refund_key
from workflows.shared.errors import ClosedError, RefusedError

A_ROUND = timedelta(seconds=50)
"""More than one round of trying takes, and less than the pause after it."""


async def resolve(shop: Shop, payment_id: str, kind: str, decision: str, **more: Any) -> PaymentIntakeView:  # noqa: ANN401 - any field
    fields = {"step": f"{kind}/{payment_id}", "decision": decision, "by": "ana"} | more
    return await at_the_door(shop).resolve_step(payment_id, ResolveStep.model_validate(fields))


async def stuck_with(shop: Shop, port: str, step: str) -> PaymentRequest:
    """Return a payment for no order, at which a round of that step has failed since the port does not answer."""
    shop.world.faults.down(port)
    money = money_for(fresh("ORD"), customer_email="eve@example.com")
    await at_the_door(shop).start(money)
    await shop.pass_time(A_ROUND)
    await until_door(
        shop, money.payment_id, lambda view: [each.step for each in view.stuck] == [f"{step}/{money.payment_id}"]
    )
    return money


def told(view: PaymentIntakeView) -> list[str]:
    return [entry.text for entry in view.timeline]


def key_of(money: PaymentRequest) -> str:
    return refund_key(money.order_id, money.payment_id)


@pytest.mark.parametrize(
    ("port", "step", "attention"),
    [("refund", "refund", "refund_failed"), ("record_capture", "record", "ledger_unavailable")],
)
async def test_a_stuck_step_is_listed_and_a_retry_does_not_wait(
    patient_shop: Shop, port: str, step: str, attention: str
) -> None:
    shop = patient_shop
    money = await stuck_with(shop, port, step)
    view = await at_the_door(shop).get_payment(money.payment_id)
    assert (view.attention, view.stuck[0].reason) == (attention, f"{port} is down")
    (action,) = view.actions
    assert (action.name, action.enabled) == ("resolve_step", True)
    assert action.effect is not None
    assert "retry tries it now" in action.effect
    calls = shop.world.faults.calls[port]
    shop.world.faults.up(port)
    after = await resolve(shop, money.payment_id, step, "retry", reason="it is back")
    assert told(after)[-1] == f"{view.stuck[0].name}: tried again now, by ana: it is back"
    result = await at_the_door(shop).wait(money.payment_id)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert shop.world.faults.calls[port] == calls + 1
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    ended = await at_the_door(shop).get_payment(money.payment_id)
    assert (ended.attention, ended.stuck) == (None, [])
    assert ended.actions[0].reason == "no step is stuck"


async def test_money_that_somebody_sent_back_by_hand_is_booked_and_never_sent_again(patient_shop: Shop) -> None:
    shop = patient_shop
    money = await stuck_with(shop, "refund", "refund")
    calls = shop.world.faults.calls["refund"]
    await resolve(shop, money.payment_id, "refund", "resolve", reason="the card is closed", reference="transfer 4711")
    result = await at_the_door(shop).wait(money.payment_id)
    assert (result.outcome, result.refund_reference) == (PaymentOutcome.REFUNDED, "transfer 4711")
    shop.world.faults.up("refund")  # the provider is back, and an attempt that was under way reaches it
    late = await shop.world.payments.refund(
        refund_key=key_of(money),
        payment_id=money.payment_id,
        order_id=money.order_id,
        amount=money.amount,
        currency=money.currency,
    )
    assert late == "transfer 4711"
    assert (await at_the_door(shop).pay(money)).refund_reference == "transfer 4711"
    assert shop.world.faults.calls["refund"] == calls + 1, "only the late attempt"
    assert shop.world.payments.refunds == {key_of(money): (money.payment_id, TOTAL, "USD")}
    view = await at_the_door(shop).get_payment(money.payment_id)
    assert (
        f"refund of $120.00 to {money.payment_id}: resolved by hand (transfer 4711), by ana: the card is closed"
        in told(view)
    )
    assert [key for key in shop.world.mailer.sent if money.payment_id in key] == [
        f"payment/{money.payment_id}/returned"
    ]


async def test_of_a_refund_by_hand_and_one_that_the_provider_made_the_first_stands(patient_shop: Shop) -> None:
    shop = patient_shop
    shop.world.faults.lose_answers("refund", 100)
    money = money_for(fresh("ORD"))
    await at_the_door(shop).start(money)
    await shop.pass_time(A_ROUND)
    await until_door(shop, money.payment_id, lambda view: bool(view.stuck))
    await resolve(shop, money.payment_id, "refund", "resolve", reason="no answer", reference="transfer 4711")
    result = await at_the_door(shop).wait(money.payment_id)
    reference = shop.world.payments.reference(key_of(money))
    assert result.refund_reference == reference
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    view = await at_the_door(shop).get_payment(money.payment_id)
    assert f"refund of $120.00 to {money.payment_id} had been sent before, as {reference}" in told(view)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"decision": "skip", "reason": "why not"}, " cannot be skipped: money must have an owner"),
        ({"decision": "resolve", "reference": "transfer 1"}, "reason: say why the step is to be resolved"),
        ({"decision": "resolve", "reason": "sent"}, "say under which reference it was sent"),
        ({"decision": "retry", "kind": "recall"}, " is not stuck; stuck: refund/pay-"),
    ],
)
async def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    patient_shop: Shop, fields: dict[str, str], words: str
) -> None:
    shop = patient_shop
    money = await stuck_with(shop, "refund", "refund")
    before = await at_the_door(shop).get_payment(money.payment_id)
    with pytest.raises(RefusedError) as refused:
        await resolve(shop, money.payment_id, **({"kind": "refund"} | fields))
    assert words in str(refused.value)
    assert await at_the_door(shop).get_payment(money.payment_id) == before


async def test_a_payment_that_has_its_owner_takes_no_decision(shop: Shop) -> None:
    money = money_for(fresh("ORD"))
    await at_the_door(shop).pay(money)
    assert (await at_the_door(shop).get_payment(money.payment_id)).stage == PaymentStage.REFUNDED
    with pytest.raises(ClosedError):
        await resolve(shop, money.payment_id, "refund", "retry")
