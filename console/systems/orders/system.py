"""The orders tab."""

from console.design.tone import Tone
from console.listing import cells
from console.model import Column, Stage
from console.systems.orders.commands import COMMANDS
from console.systems.orders.details import order_details
from console.systems.orders.operations import ORDER
from console.systems.orders.side_money import PAYMENTS, REFUNDS
from console.systems.orders.why import WHY
from console.systems.person import PersonLink
from console.systems.system import ConsoleSystem
from workflows.orders.client import OrdersClient, payment_workflow_id
from workflows.orders.models import OrderStatus
from workflows.orders.views.models import OrderView

STAGES: tuple[Stage, ...] = (
    Stage(OrderStatus.CREATED, "created", "○", Tone.MOVING),
    Stage(OrderStatus.AWAITING_PAYMENT, "awaiting payment", "◔", Tone.WAITING),
    Stage(OrderStatus.PAID, "paid", "●", Tone.MOVING),
    Stage(OrderStatus.FULFILLING, "fulfilling", "◐", Tone.MOVING),
    Stage(OrderStatus.SHIPPED, "shipped", "➤", Tone.MOVING),
    Stage(OrderStatus.DELIVERED, "delivered", "✔", Tone.DONE),
    Stage(OrderStatus.CANCELLED, "cancelled", "✖", Tone.STOPPED),
    Stage(OrderStatus.EXPIRED, "expired", "◌", Tone.STOPPED),
    Stage(OrderStatus.REJECTED, "rejected", "⊘", Tone.STOPPED),
    Stage(OrderStatus.NEEDS_ACTION, "needs action", "▲", Tone.HUMAN),
)


REFUNDED_BY_ORDERS = "refunds by an order, and payments confirmed on it, are in its details"


def named(order: OrderView) -> str:
    """Return which order it is, in full."""
    return f"{order.request.order_id} · {order.request.customer.name}"


def payments(order: OrderView) -> list[str]:
    """Return the IDs of the workflows of its payments, if they came through the payment intake."""
    ids = [*(entry.payment_id for entry in order.ledger), *(late.payment_id for late in order.late_payments)]
    ids += [parked.payment_id for parked in order.parked]
    return [payment_workflow_id(payment_id) for payment_id in dict.fromkeys(ids)]


def contact(order: OrderView) -> list[str]:
    """Return name and addresses of its customer."""
    customer = order.request.customer
    return [part for part in (customer.name, customer.email, customer.phone) if part]


ORDERS = ConsoleSystem(
    name="orders",
    title="Orders",
    client=OrdersClient,
    view=OrderView,
    stages=STAGES,
    columns=(
        Column("order", 19, cells.ident, grows=True),
        Column("customer", 12, cells.title, flexible=True),
        Column("amount", 10, cells.money, align="right", figure=True),
        Column("stage", 18, cells.stage(STAGES)),
        Column("in", 5, cells.in_stage, align="right", live=True, drop_order=1),
        Column("due", 10, cells.due_in, align="right", live=True, drop_order=2),
    ),
    commands=COMMANDS,
    details=order_details,
    named=named,
    needs="It needs stock: uv run tconsole store stock SKU QUANTITY, or uv run tconsole store sample",
    why=WHY,
    beside=(PAYMENTS, REFUNDS),
    person=PersonLink("customer", contact=contact, limit=REFUNDED_BY_ORDERS),
    timeline=lambda order: order.timeline,
    related=payments,
    operations=ORDER,
)
