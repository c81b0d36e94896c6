"""What each message about an order needs, where messages are signed."""

from workflows.shared.identity.permissions import START, Access, Permission
from workflows.shared.refused_signals import ACKNOWLEDGE

ORDER: Access = {
    START: Permission.CREATE,
    "confirm_payment": Permission.PAY,
    "take_payment": Permission.SERVICE,
    "decide_payment": Permission.DECIDE,
    "decide_shortage": Permission.DECIDE,
    "resolve_step": Permission.DECIDE,
    "change_address": Permission.DECIDE,
    "extend_payment_window": Permission.DECIDE,
    "cancel_order": Permission.CANCEL,
    "refund_lines": Permission.REFUND,
    "refund_amount": Permission.REFUND,
    "decide_refund": Permission.REFUND,
    "refund_delivered": Permission.REFUND,  # an action of the order, and the start of another workflow
    "report_shipment": Permission.REPORT,
    ACKNOWLEDGE: Permission.DECIDE,
}
PAYMENT: Access = {
    START: Permission.PAY,
    "payment_decided": Permission.SERVICE,
    "resolve_step": Permission.DECIDE,
    ACKNOWLEDGE: Permission.DECIDE,
}
LATE_REFUND: Access = {
    START: Permission.REFUND,
    "resolve_step": Permission.DECIDE,
    ACKNOWLEDGE: Permission.DECIDE,
}
