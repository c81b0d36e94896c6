"""How much somebody may refund, by the roles of the operators file. For validators and queries: nothing is replayed."""

from workflows.orders.payments.held_refunds import refunded_by, why_not_decide_refund
from workflows.orders.payments.refund_models import DecideRefund, RefundAmount, RefundLines
from workflows.orders.payments.refund_rules import plan_refund, why_not_refund, why_not_refund_amount
from workflows.orders.state import OrderState
from workflows.orders.views.refusals import NOT_NOW, refuse_if
from workflows.shared.actions import Action, Viewer
from workflows.shared.identity.allowed import refused
from workflows.shared.identity.current import IDENTITY
from workflows.shared.money import format_money
from workflows.shared.refusals import NOT_ELIGIBLE, refuse

REFUNDS = frozenset({"refund_lines", "refund_amount"})


def check_refund_lines(state: OrderState, refund: RefundLines) -> None:
    """Refuse a refund that is not possible now, or not for this person. Raises ``ApplicationError``."""
    if not state.lost:
        refuse_if(why_not_refund(state, refund.lines))
    if IDENTITY.is_signed:
        _refuse_while_lost(state)
        _check_limit(state, refund.by, plan_refund(state, refund.lines).amount)


def check_refund_amount(state: OrderState, refund: RefundAmount) -> None:
    """Refuse a refund that is not possible now, or not for this person. Raises ``ApplicationError``."""
    if not state.lost:
        refuse_if(why_not_refund_amount(state, refund))
    if IDENTITY.is_signed:
        _refuse_while_lost(state)
        _check_limit(state, refund.by, refund.amount)


def check_decide_refund(state: OrderState, decide: DecideRefund) -> None:
    """Refuse a decision that is not possible now, or not for this person. Raises ``ApplicationError``."""
    if not state.lost:
        refuse(why_not_decide_refund(state, decide))
    if IDENTITY.is_signed and decide.decision == "approve":
        _refuse_while_lost(state)
        _check_limit(state, decide.by, state.held_refunds[decide.refund_id].amount)


def _refuse_while_lost(state: OrderState) -> None:
    """After a reset nobody knows yet how much somebody has refunded."""
    refuse_if("the order reads what the store knows of it; try again in a moment" if state.lost else None, NOT_NOW)


def _check_limit(state: OrderState, person: str, amount: int) -> None:
    whole = amount + refunded_by(state, person)
    refuse_if(IDENTITY.operators.why_not_refund(person, whole, state.request.currency), NOT_ELIGIBLE)


def with_limits(state: OrderState, actions: list[Action], viewer: Viewer | None) -> list[Action]:
    """Return the actions with how much the viewer may still refund."""
    if viewer is None or not IDENTITY.is_signed:
        return actions
    return [_limited(state, each, viewer.person) if each.name in REFUNDS else each for each in actions]


def _limited(state: OrderState, action: Action, person: str) -> Action:
    currency = state.request.currency
    limit = IDENTITY.operators.refund_limit(person, currency)
    if not action.enabled or limit is None:
        return action
    above = IDENTITY.operators.why_not_refund(person, limit + 1, currency)
    left = limit - refunded_by(state, person)
    if left <= 0:
        return refused(action, above or "")
    effect = f"{action.effect}; {person} may refund {format_money(left, currency)} of it: {above}"
    return action.model_copy(update={"effect": effect})
