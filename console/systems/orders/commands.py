"""What an operator can do to an order, and how it is sent."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from console.commands.acknowledge import ACKNOWLEDGE_SIGNALS
from console.commands.command import (
    AnyCommand,
    Command,
    CommandCall,
    CommandResult,
    Form,
    Target,
    Words,
    by_operator,
    call_command,
    never,
)
from workflows.orders.client import OrdersClient, new_order_id
from workflows.orders.late_refunds.models import WantedRefund
from workflows.orders.models import (
    CancelOrder,
    ChangeAddress,
    DecidePayment,
    DecideShortage,
    ExtendPaymentWindow,
    LineKind,
    OrderRequest,
    PaymentConfirmation,
    ResolveStep,
    ShipmentReport,
)
from workflows.orders.payments.refund_models import DecideRefund, LinesToRefund, RefundAmount, RefundLines
from workflows.orders.signal_outcome import SignalOutcome
from workflows.orders.views.models import OrderView, SideView
from workflows.shared.errors import ClosedError
from workflows.shared.money import format_money

DAY_SECONDS = 86_400

OrderTarget = Target[OrderView]
Call = CommandCall[OrdersClient, OrderView, Any]
Result = CommandResult[OrderView]


async def _start(call: CommandCall[OrdersClient, Any, OrderRequest]) -> Result:
    order = call.payload
    started = await call.client.start(order)
    return CommandResult(f"{format_money(order.total, order.currency)} for {order.customer.name}", started=started)


async def _send_signal(send: Callable[..., Awaitable[SignalOutcome]], call: Call) -> Result:
    """Send a signal that takes effect once, and return what it did, as the order says."""
    signal = call.payload.model_copy(update={"signal_id": call.call_id})
    outcome = await send(call.client, call.target.business_id, signal)
    if outcome.refusal is not None:
        return CommandResult(outcome.refusal, accepted=False, snapshot=outcome.snapshot)
    return CommandResult(outcome.effect or _done(call), snapshot=outcome.snapshot)


async def _post_signal(name: str, call: Call) -> Result:
    """Have a signal recorded. One to an order that has ended is answered as ever: money must have an owner."""
    signal = call.payload.model_copy(update={"signal_id": call.call_id})
    try:
        await call.client.post(call.target.business_id, name, signal)
    except ClosedError:
        return await _send_signal(getattr(OrdersClient, name), call)
    return CommandResult("the order has it; its receipts say what becomes of it", applied=False)


def _done(call: Call) -> str:
    """Return what an accepted signal did."""
    match call.payload:
        case ShipmentReport(parcel_id=parcel_id, status=status):
            return f"{parcel_id or 'all parcels'} {status}"
        case _:
            return call.target.effect


async def send_update(send: Callable[..., Awaitable[OrderView | SideView]], call: Call) -> CommandResult[Any]:
    """Send an update, and return what it added to the timeline."""
    after = await send(call.client, call.target.business_id, call.payload, update_id=call.call_id)
    new = after.timeline[len(call.target.view.timeline) :]
    return CommandResult("; ".join(entry.text for entry in new) or "nothing changed")


async def _refund_delivered(call: CommandCall[OrdersClient, OrderView, WantedRefund]) -> Result:
    """Refund a delivered order; the ID of the call is the refund's, so that a repeat refunds nothing again."""
    done = await call.client.refund_delivered(call.target.business_id, call.payload, refund_id=call.call_id)
    money = f"{format_money(done.amount, done.currency)} went back" if done.amount else "no money went back"
    return CommandResult(f"{money}; pieces that came back are in stock" if call.payload.returned else money)


async def _preview_refund(call: CommandCall[OrdersClient, OrderView, RefundLines]) -> str:
    lines = LinesToRefund(lines=call.payload.lines)
    return (await call.client.preview_refund(call.target.business_id, lines)).effect


async def _preview_payment(call: CommandCall[OrdersClient, OrderView, PaymentConfirmation]) -> str:
    return (await call.client.preview_payment(call.target.business_id, call.payload)).effect


def _new_order(_: Target[Any]) -> Mapping[str, Any]:
    return {"order_id": new_order_id(datetime.now(UTC)), "currency": "USD"}


def _payment_due(target: OrderTarget) -> Mapping[str, Any]:
    view = target.view
    payment_id = f"pay_{uuid4().hex[:10]}"
    due = {"amount": view.outstanding or view.amount_due, "currency": view.request.currency}
    return {"payment_id": payment_id, **due, "method": "card"}


def _last_parcel(target: OrderTarget) -> Mapping[str, Any]:
    return {"parcel_id": target.view.parcels[-1].parcel_id} if target.view.parcels else {}


def _pick(field: str, values: Callable[[Any], list[str]]) -> Form[Any]:
    """Return a form that proposes values for ``field``, and starts with the first of them."""
    return Form(
        begin=lambda target: {field: next(iter(values(target.view)), "")},
        choices=lambda target: {field: values(target.view)},
    )


def _all_lines(target: OrderTarget) -> Mapping[str, Any]:
    """Propose what is left to refund; only where a SKU is on several lines, their numbers."""
    lines, view = target.view.request.lines, target.view
    gone = Counter[int]()
    for taken in (*view.refunded_lines, *view.cancelled_lines):
        gone[taken.line] += taken.quantity
    skus = Counter(line.sku for line in lines if line.kind != LineKind.DISCOUNT)
    left = [
        {"sku": line.sku, "line": number if skus[line.sku] > 1 else None, "quantity": line.quantity - gone[number]}
        for number, line in enumerate(lines, start=1)
        if line.kind != LineKind.DISCOUNT and line.quantity > gone[number]
    ]
    return {"lines": left}


def _address(target: OrderTarget) -> Mapping[str, Any]:
    address = target.view.shipping_address or target.view.request.shipping_address
    return {"shipping_address": address.model_dump()}


def _delivered_lines(target: OrderTarget) -> Mapping[str, Any]:
    return {**_all_lines(target), **_currency(target)}


def _currency(target: OrderTarget) -> Mapping[str, Any]:
    return {"currency": target.view.request.currency}


def resolve_step(client: type) -> AnyCommand:
    """Return the command that decides about a step which fails again and again."""
    stuck = _pick("step", lambda view: [stuck.step for stuck in view.stuck])
    return call_command(
        client,
        send_update,
        "resolve_step",
        "t",
        "Resolve step",
        ResolveStep,
        ask=stuck,
        fixed=by_operator(),
        message="update",
    )


def _signal(name: str, *arguments: Any, **options: Any) -> AnyCommand:  # noqa: ANN401 - those of ``call_command``
    post = partial(_post_signal, name)
    return call_command(OrdersClient, _send_signal, name, *arguments, message="signal", post=post, **options)


_update = partial(call_command, OrdersClient, send_update, fixed=by_operator(), message="update")

COMMANDS: tuple[Command[OrdersClient, Any, Any], ...] = (
    Command(
        "new",
        "n",
        "New order",
        OrderRequest,
        _start,
        ask=Form(_new_order, more=frozenset({"payment_window_seconds", "fulfilment_seconds_per_step"})),
        accept="Create order",
        creates="order_id",
    ),
    _signal(
        "confirm_payment",
        "p",
        "Confirm payment",
        PaymentConfirmation,
        ask=Form(_payment_due),
        preview=_preview_payment,
        confirms=never,
    ),
    _signal(
        "cancel_order",
        "c",
        "Cancel order",
        CancelOrder,
        ask=Words(),
        fixed=by_operator("requested_by"),
        dangerous=True,
    ),
    _signal(
        "report_shipment",
        "s",
        "Report shipment",
        ShipmentReport,
        ask=Form(_last_parcel),
    ),
    _update(
        "decide_payment",
        "d",
        "Decide payment",
        DecidePayment,
        ask=_pick("payment_id", lambda view: [parked.payment_id for parked in view.parked]),
    ),
    _update(
        "decide_refund",
        "d",
        "Decide refund",
        DecideRefund,
        ask=_pick("refund_id", lambda view: [held.refund_id for held in view.held_refunds]),
    ),
    _update("decide_shortage", "d", "Decide shortage", DecideShortage, ask=Form()),
    resolve_step(OrdersClient),
    ACKNOWLEDGE_SIGNALS,
    _update("refund_lines", "r", "Refund lines", RefundLines, ask=Form(_all_lines), preview=_preview_refund),
    Command(
        "refund_delivered",
        "r",
        "Refund after delivery",
        WantedRefund,
        _refund_delivered,
        ask=Form(_delivered_lines),
        fixed=by_operator(),
    ),
    _update("refund_amount", "a", "Refund amount", RefundAmount, ask=Form(_currency), label="Refund amount"),
    _update("change_address", "e", "Change address", ChangeAddress, ask=Form(_address), label="Change address"),
    _update(
        "extend_payment_window",
        "x",
        "Extend payment window",
        ExtendPaymentWindow,
        ask=Form(lambda _: {"seconds": DAY_SECONDS}),
    ),
)
