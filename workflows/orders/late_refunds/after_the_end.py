"""What refunds after delivery change about an order, whose own workflow runs no more."""

from workflows.orders.late_refunds.models import RefundStage
from workflows.orders.models import PaymentStatus
from workflows.orders.views.models import LateRefund, OrderView


def went_back(refund: LateRefund) -> int:
    """Return what a refund has sent back, in minor units."""
    return (refund.amount or 0) if refund.stage == RefundStage.REFUNDED else 0


def payment_status_after(order: OrderView, refunds: list[LateRefund]) -> PaymentStatus:
    """Return the status of the order's money after these refunds; nothing changes it but money that goes back."""
    if any(refund.stage == RefundStage.REFUNDING and refund.amount for refund in refunds):
        return PaymentStatus.REFUND_PENDING
    late = sum(map(went_back, refunds))
    if not late:
        return order.payment_status
    kept = sum(entry.amount if entry.kind == "capture" else -entry.amount for entry in order.ledger)
    return PaymentStatus.PARTLY_REFUNDED if kept > late else PaymentStatus.REFUNDED
