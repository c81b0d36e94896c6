"""Payments and refunds: workflows about an order's money that run beside the order."""

from textual.content import Content

from console.commands.acknowledge import ACKNOWLEDGE_SIGNALS
from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import (
    attention,
    forecast,
    grid,
    hanging,
    lines,
    refused_signals,
    section,
    sections,
    sides,
    status,
    timeline,
)
from console.gateway.rows import Row
from console.model import Stage
from console.systems.orders.commands import resolve_step
from console.systems.orders.details import stuck_steps
from console.systems.orders.money_columns import money_columns, payment_columns
from console.systems.orders.operations import PAYMENT, REFUND
from console.systems.orders.why import WHY
from console.systems.system import ConsoleSystem, DetailContext
from workflows.orders.client import workflow_id
from workflows.orders.late_refunds.client import RefundsClient
from workflows.orders.late_refunds.models import RefundStage, RefundView
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentIntakeView, PaymentStage
from workflows.orders.views.models import SideView
from workflows.shared.money import format_money

PAYMENT_STAGES = (
    Stage(PaymentStage.RECEIVED, "received", "○", Tone.MOVING),
    Stage(PaymentStage.RECORDED, "recorded", "◐", Tone.MOVING),
    Stage(PaymentStage.AWAITING_ORDER, "awaiting its order", "◔", Tone.WAITING, short="awaits order"),
    Stage(PaymentStage.PARKED, "parked", "‖", Tone.WAITING),
    Stage(PaymentStage.REFUNDING, "going back", "↩", Tone.MOVING),
    Stage(PaymentStage.APPLIED, "applied", "✔", Tone.DONE),
    Stage(PaymentStage.REFUNDED, "refunded", "✖", Tone.STOPPED),
)
REFUND_STAGES = (
    Stage(RefundStage.REQUESTED, "requested", "○", Tone.MOVING),
    Stage(RefundStage.REFUNDING, "going back", "↩", Tone.MOVING),
    Stage(RefundStage.REFUNDED, "refunded", "✔", Tone.DONE),
)
MONEY_IN_ORDER = "the order has this money: what goes back from now on is in the order's details (enter)"


def _details(what: str, view: SideView, context: DetailContext, money: Content, reason: str = "") -> Content:
    width, now = context.width, context.now
    return sections(
        lines(
            sides(status(context.stage), Tone.MUTED.styled(plain(what)), width),
            attention(view.attention),
            hanging(Content(""), reason, width, Tone.MUTED.style) if reason else "",
        ),
        money,
        stuck_steps(view.stuck, width, now),
        "" if context.broken else forecast(view.next, now, width),
        refused_signals(view.refusals, view.refusal_count, now, width),
        timeline(view.timeline, now, width),
    )


def payment_words(view: PaymentIntakeView) -> str:
    """Return which payment it is, in full."""
    request = view.request
    money = format_money(request.amount, request.currency)
    return f"{request.payment_id} · {money} for order {request.order_id}"


def refund_words(view: RefundView) -> str:
    """Return which refund it is, in full."""
    return f"{view.request.refund_id} · refund of order {view.request.order_id}"


def payment_details(view: PaymentIntakeView, context: DetailContext) -> Content:
    """Return everything about a payment, the most urgent first."""
    return _details(payment_words(view), view, context, _money(view, context.width), view.reason)


def _money(view: PaymentIntakeView, width: int) -> Content:
    """Return what was captured, and what went back, with the provider's references."""
    currency = view.request.currency
    rows = [("captured", format_money(view.request.amount, currency), plain(view.reference or "not recorded yet"))]
    if view.refunded:
        rows.append(("refunded", format_money(view.refunded, currency), plain(view.refund_reference or "")))
    with_order = view.stage == PaymentStage.APPLIED
    note = hanging(Content("  "), MONEY_IN_ORDER, width, Tone.MUTED.style) if with_order else ""
    return section("Money", grid(rows, right=[1], width=width), note)


def _sent_back(view: RefundView) -> Content:
    """Return what went back of which payment."""
    rows = [(entry.payment_id, format_money(entry.amount, entry.currency), entry.reference) for entry in view.ledger]
    return section("Money", grid([tuple(map(plain, row)) for row in rows], right=[1]))


def refund_details(view: RefundView, context: DetailContext) -> Content:
    """Return everything about a refund, the most urgent first."""
    return _details(refund_words(view), view, context, _sent_back(view))


def order_of(row: Row) -> str:
    """Return the order of a payment or a refund: it owns them."""
    return row.owner


PAYMENTS = ConsoleSystem(
    name="payments",
    title="Payments",
    client=PaymentsClient,
    view=PaymentIntakeView,
    stages=PAYMENT_STAGES,
    columns=payment_columns(PAYMENT_STAGES),
    commands=(resolve_step(PaymentsClient), ACKNOWLEDGE_SIGNALS),
    details=payment_details,
    named=payment_words,
    timeline=lambda payment: payment.timeline,
    related=lambda payment: [workflow_id(payment.request.order_id)],
    operations=PAYMENT,
    why=WHY,
    belongs_to=order_of,
    list_key="P",
    needs="Here is what came through the payment intake; what was confirmed on an order itself is in its details.",
)
REFUNDS = ConsoleSystem(
    name="refunds",
    title="Refunds",
    client=RefundsClient,
    view=RefundView,
    stages=REFUND_STAGES,
    columns=money_columns("refund", REFUND_STAGES),
    commands=(resolve_step(RefundsClient), ACKNOWLEDGE_SIGNALS),
    details=refund_details,
    named=refund_words,
    timeline=lambda refund: refund.timeline,
    related=lambda refund: [workflow_id(refund.request.order_id)],
    operations=REFUND,
    why=WHY,
    belongs_to=order_of,
    list_key="R",
    needs="Here are refunds after delivery; those before it are in the details of their order.",
)
