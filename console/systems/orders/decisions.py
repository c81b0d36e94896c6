"""What an operator decides about an order by an update: each is asked for by a form, and sent once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from console.forms import FormLayout
from console.model import PaneAction
from workflows.orders.client import OrdersClient
from workflows.orders.models import (
    DecidePayment,
    DecideShortage,
    ExtendPaymentWindow,
    OrderView,
    ResolveStep,
)
from workflows.orders.payments.refund_models import LinesToRefund, RefundLines

PayloadT = TypeVar("PayloadT", bound=BaseModel)

A_DAY = 86_400


def _nothing(_: OrderView) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Decision(Generic[PayloadT]):
    """One update of an order. ``send`` takes the order's ID, the payload, and an ID under which it happens once."""

    action: PaneAction
    title: str
    model: type[PayloadT]
    send: Callable[[OrdersClient, str, PayloadT, str], Awaitable[OrderView]]
    initial: Callable[[OrderView], Mapping[str, Any]] = _nothing
    """What the form starts with."""
    choices: Callable[[OrderView], Mapping[str, Sequence[str]]] = _nothing
    """What its fields propose."""
    effect: Callable[[OrdersClient, str, PayloadT], Awaitable[str]] | None = None
    """What exactly the payload would do, asked before it is sent; without, the action's own effect says enough."""

    def layout(self, view: OrderView, operator: str) -> FormLayout:
        """Return how the form is laid out: nobody is asked who they are."""
        return FormLayout(fixed={"by": operator}, choices=self.choices(view))


async def _refund_effect(client: OrdersClient, order_id: str, refund: RefundLines) -> str:
    return (await client.preview_refund(order_id, LinesToRefund(lines=refund.lines))).effect


def _refundable(view: OrderView) -> Mapping[str, Any]:
    return {"lines": [{"sku": line.sku, "quantity": line.quantity} for line in view.request.lines]}


def _first_parked(view: OrderView) -> Mapping[str, Any]:
    return {"payment_id": view.parked[0].payment_id} if view.parked else {}


def _first_stuck(view: OrderView) -> Mapping[str, Any]:
    return {"step": view.stuck[0].step} if view.stuck else {}


DECISIONS: tuple[Decision[Any], ...] = (
    Decision(
        PaneAction("d", "decide_payment", "Decide"),
        "Decide about a payment",
        DecidePayment,
        lambda client, order_id, decision, key: client.decide_payment(order_id, decision, update_id=key),
        initial=_first_parked,
        choices=lambda view: {"payment_id": [parked.payment_id for parked in view.parked]},
    ),
    Decision(
        PaneAction("d", "decide_shortage", "Decide"),
        "Decide about missing pieces",
        DecideShortage,
        lambda client, order_id, decision, key: client.decide_shortage(order_id, decision, update_id=key),
    ),
    Decision(
        PaneAction("t", "resolve_step", "Stuck"),
        "Stuck step",
        ResolveStep,
        lambda client, order_id, decision, key: client.resolve_step(order_id, decision, update_id=key),
        initial=_first_stuck,
        choices=lambda view: {"step": [stuck.step for stuck in view.stuck]},
    ),
    Decision(
        PaneAction("r", "refund_lines", "Refund"),
        "Refund",
        RefundLines,
        lambda client, order_id, refund, key: client.refund_lines(order_id, refund, update_id=key),
        initial=_refundable,
        effect=_refund_effect,
    ),
    Decision(
        PaneAction("x", "extend_payment_window", "Extend"),
        "Extend the payment window",
        ExtendPaymentWindow,
        lambda client, order_id, extension, key: client.extend_payment_window(order_id, extension, update_id=key),
        initial=lambda _: {"seconds": A_DAY},
    ),
)
