"""What an order must say whenever somebody looks at it and it waits for a person: why, and about how much."""

from workflows.orders.models import OrderStatus
from workflows.orders.steps.stuck import StepKind
from workflows.orders.views.models import OrderView
from workflows.shared.money import format_money


def check_needs(view: OrderView) -> None:
    """Check that an order that needs action says why, and how much money is meant."""
    if view.status == OrderStatus.NEEDS_ACTION and any(action.enabled for action in view.actions):
        assert view.attention, f"needs action, and asks for no attention: {view.reason}"
        assert view.reason, f"needs action ({view.attention}), and does not say why"
    for parked in view.parked:
        assert parked.reason, f"{parked.payment_id} is parked, and nobody knows why"
    for step in view.stuck:
        assert step.reason, f"{step.name} is stuck, and nobody knows why"
        if step.step.partition("/")[0] in (StepKind.REFUND, StepKind.RECORD):
            assert _names_money(view, step.name), f"{step.name}: of how much?"


def _names_money(view: OrderView, words: str) -> bool:
    amounts = {
        format_money(amount, payment.currency)
        for payment in view.payments
        for amount in (payment.amount, *(part.amount for part in payment.parts))
    }
    return any(amount in words for amount in amounts)
