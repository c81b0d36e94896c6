"""Refunds that need a second person: those by which one person refunds more of an order than the shop's limit."""

from workflows.orders.payments.refund_models import DecideRefund
from workflows.orders.payments.refund_rules import why_not_refund, why_not_refund_money
from workflows.orders.state import OrderState
from workflows.orders.views.refusals import NOT_NOW
from workflows.shared.actions import Action, Viewer
from workflows.shared.identity.allowed import refused
from workflows.shared.money import format_money
from workflows.shared.refusals import NOT_ELIGIBLE, Refusal

OWN = "you asked for it; a second person decides"


def refunded_by(state: OrderState, person: str) -> int:
    """Return how much of the order somebody has refunded: a refund in parts is one for its limit."""
    decided = state.decided_refunds.values()
    return sum(part.amount for refund in decided if refund.by == person for part in refund.money)


def needs_second_person(state: OrderState, person: str, amount: int) -> bool:
    """Return whether a refund waits for a second person."""
    limit = state.policy.refund_second_person_above.get(state.request.currency)
    waiting = sum(held.amount for held in state.held_refunds.values() if held.by == person)
    return limit is not None and amount + waiting + refunded_by(state, person) > limit


def why_not_decide_refund(state: OrderState, decide: DecideRefund) -> Refusal | None:
    """Return why somebody cannot decide about a refund now, or None if they can."""
    held = state.held_refunds.get(decide.refund_id)
    if held is None or state.closing_as is not None:
        return Refusal(NOT_NOW, f"no refund {decide.refund_id} waits for a second person")
    if decide.decision == "reject":
        return None
    if decide.by == held.by:
        return Refusal(NOT_ELIGIBLE, f"{held.by} asked for this refund; a second person decides about it")
    why_not = why_not_refund_money(state) if held.is_amount else why_not_refund(state, held.lines)
    if why_not is None and held.amount > state.payments.left:
        why_not = f"only {format_money(state.payments.left, state.request.currency)} is left"
    return None if why_not is None else Refusal(NOT_NOW, why_not)


def held_actions(state: OrderState) -> list[Action]:
    """Return the action of a second person; none while no refund waits for one."""
    if not state.held_refunds or state.closing_as is not None or state.ended:
        return []
    currency = state.request.currency
    effects = [
        f"refunds {format_money(held.amount, currency)} for {held.words} that {held.by} asked for, or does not"
        for held in state.held_refunds.values()
    ]
    return [Action.of("decide_refund", "Decide refund", "; ".join(effects), None)]


def for_second_person(state: OrderState, actions: list[Action], viewer: Viewer | None) -> list[Action]:
    """Return the actions without the decision about refunds that the viewer alone has asked for."""
    own = viewer is not None and all(held.by == viewer.person for held in state.held_refunds.values())
    return [refused(each, OWN) if own and each.name == "decide_refund" else each for each in actions]
