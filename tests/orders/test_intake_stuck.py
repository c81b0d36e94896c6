"""Steps of the payment intake that are stuck, and what an operator may do about them."""

from datetime import timedelta

import pytest

from tests.support.orders import TOTAL, Shop
from tests.support.payments import Intake
from tests.support.temporal import fresh
from workflows.orders.payment_intake.models import PaymentIntakeView, PaymentOutcome
from workflows.orders.ports import Refund
from workflows.shared.errors import ClosedError, RefusedError

A_ROUND = timedelta(seconds=50)
"""Longer than one round of attempts, and shorter than the pause after it."""


async def stuck_with(shop: Shop, port: str, step: str) -> Intake:
    """Return a payment for no order with one stuck step, since the port does not answer."""
    shop.world.faults.down(port)
    intake = Intake(shop, fresh("ORD"), customer_email="eve@example.com")
    await intake.start()
    await shop.pass_time(A_ROUND)
    await intake.until(lambda view: [each.step for each in view.stuck] == [f"{step}/{intake.id}"])
    return intake


def texts(view: PaymentIntakeView) -> list[str]:
    return [entry.text for entry in view.timeline]


@pytest.mark.parametrize(
    ("port", "step", "attention"),
    [("refund", "refund", "refund_failed"), ("record_capture", "record", "ledger_unavailable")],
)
async def test_a_stuck_step_is_listed_and_can_be_retried_at_once(
    patient_shop: Shop, port: str, step: str, attention: str
) -> None:
    intake = await stuck_with(patient_shop, port, step)
    faults = patient_shop.world.faults
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


async def test_a_refund_by_hand_is_booked_and_the_provider_sends_nothing(patient_shop: Shop) -> None:
    intake = await stuck_with(patient_shop, "refund", "refund")
    payments, faults = patient_shop.world.payments, patient_shop.world.faults
    calls = faults.calls["refund"]
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


async def test_a_refund_that_the_provider_made_stands_although_one_by_hand_is_told(patient_shop: Shop) -> None:
    patient_shop.world.faults.lose_answers("refund", 100)
    intake = Intake(patient_shop, fresh("ORD"))
    await intake.start()
    await patient_shop.pass_time(A_ROUND)
    await intake.until(lambda view: bool(view.stuck))
    await intake.resolve("refund", "resolve", reason="no answer", reference="transfer 4711")
    reference = (await intake.client.wait(intake.id)).refund_reference
    assert reference == patient_shop.world.payments.reference(intake.refund_key)
    assert intake.moves == (TOTAL, [TOTAL])
    assert f"refund of $120.00 to {intake.id} had been sent before, as {reference}" in texts(await intake.view())


async def test_an_invalid_decision_is_refused_and_changes_nothing(patient_shop: Shop) -> None:
    intake = await stuck_with(patient_shop, "refund", "refund")
    before = await intake.view()
    for kind, decision, more, words in (
        ("refund", "skip", {"reason": "why not"}, " cannot be skipped: money must have an owner"),
        ("refund", "resolve", {"reference": "transfer 1"}, "reason: say why the step is to be resolved"),
        ("refund", "resolve", {"reason": "sent"}, "say under which reference it was sent"),
        ("recall", "retry", {}, " is not stuck; stuck: refund/pay-"),
    ):
        with pytest.raises(RefusedError, match=words):
            await intake.resolve(kind, decision, **more)
    assert await intake.view() == before


async def test_a_payment_that_has_its_owner_takes_no_decision(shop: Shop) -> None:
    intake = Intake(shop, fresh("ORD"))
    assert await intake.outcome() == PaymentOutcome.REFUNDED
    with pytest.raises(ClosedError):
        await intake.resolve("refund", "retry")
