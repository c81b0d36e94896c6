"""The answers of an order's queries."""

from workflows.orders.goods.shipments import by_sku
from workflows.orders.models import OrderStatus
from workflows.orders.state import OrderState
from workflows.orders.views.actions import actions
from workflows.orders.views.forecast import forecast
from workflows.orders.views.models import OrderStatusAnswer, OrderView
from workflows.orders.views.wording import ordered
from workflows.shared.money import format_money
from workflows.shared.summary import Summary


def status_answer(state: OrderState) -> OrderStatusAnswer:
    """Return the status in short."""
    return OrderStatusAnswer(
        order_id=state.request.order_id,
        status=state.status,
        payment_status=state.payment_status,
        updated_at=state.updated_at,
    )


def status_of(order: OrderView) -> OrderStatusAnswer:
    """Return the status of an order that has ended, in short."""
    return OrderStatusAnswer(
        order_id=order.request.order_id,
        status=order.status,
        payment_status=order.payment_status,
        updated_at=order.updated_at,
    )


def row_of(order: OrderView) -> Summary:
    """Return the list row of an order that has ended."""
    return Summary(
        title=order.request.customer.name,
        stage=order.status,
        stage_since=order.stage_since,
        owner=order.request.customer.customer_id,
        amount=order.amount_due,
        currency=order.request.currency,
        attention=order.attention,
        note=ordered(order.request),
    )


def list_row(state: OrderState) -> Summary:
    """Return what a list row shows."""
    return Summary(
        title=state.request.customer.name,
        stage=state.status,
        stage_since=state.stage_since,
        owner=state.request.customer.customer_id,
        due_at=state.due_at,
        amount=state.amount_due,
        currency=state.request.currency,
        attention=state.attention,
        note=ordered(state.request),
    )


def facts(order: OrderView) -> dict[str, str]:
    """Return what a decision about an order rests on, besides its row."""
    words = {
        "payment": order.payment_status.replace("_", " ").lower(),
        "still to pay": format_money(order.outstanding, order.request.currency) if order.outstanding else "",
        "why": order.reason or "",
        "stuck": ", ".join(step.name for step in order.stuck),
    }
    return {name: text for name, text in words.items() if text}


def order_view(state: OrderState) -> OrderView:
    """Return everything."""
    reservations = [held for shipment in state.shipments for held in shipment.reservations]
    return OrderView(
        request=state.request,
        status=state.status,
        payment_status=state.payment_status,
        shipping_address=state.address,
        due_at=state.due_at,
        stage_since=state.stage_since,
        updated_at=state.updated_at,
        attention=state.attention,
        reason=_shown_reason(state),
        ledger=state.ledger,
        payments=state.payments.views(),
        parked=state.payments.parked_views(),
        reservation=next(iter(reservations), None),
        reservations=reservations,
        parcels=[shipment.parcel for shipment in state.shipments if shipment.parcel is not None],
        refunded_lines=state.refunded_lines,
        held_refunds=[] if state.closing_as or state.ended else list(state.held_refunds.values()),
        stuck=state.stuck.views(),
        amount_due=state.amount_due,
        outstanding=state.outstanding,
        shortages=state.missing_stock.shortages,
        back_ordered=by_sku(line for shipment in state.live_shipments for line in shipment.awaits),
        cancelled_lines=state.cancelled_lines,
        return_offered=any(shipment.return_offered for shipment in state.shipments),
        cancel_pending=state.cancelling is not None,
        refusals=state.refusals.latest,
        refusal_count=state.refusals.count,
        receipts=state.receipts,
        timeline=state.shown_timeline,
        actions=actions(state),
        next=forecast(state),
    )


def _shown_reason(state: OrderState) -> str | None:
    """Return what is stuck while an order cannot be undone, else the order's own reason."""
    undoing = state.closing_as is not None and state.status == OrderStatus.NEEDS_ACTION
    return state.stuck.words() or state.reason if undoing else state.reason
