"""The orders tab: what an operator sees of orders, and the keys that act on them."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

from pydantic import BaseModel
from textual.binding import BindingType
from textual.content import Content

from console.design.tone import Tone
from console.dialogs.confirm import ConfirmDialog
from console.dialogs.form import FormDialog
from console.dialogs.reason import ReasonDialog
from console.forms import FormLayout
from console.gateway.query import System
from console.gateway.rows import Row
from console.model import Column, PaneAction, Stage
from console.panes import cells
from console.panes.base import Handler, SystemPane, key_bindings
from console.panes.target import Target
from console.systems.orders.decisions import DECISIONS, Decision
from console.systems.orders.details import describe_order
from workflows.orders.client import ID_PREFIX, TASK_QUEUE, WORKFLOW_TYPE, OrdersClient, SignalOutcome, new_order_id
from workflows.orders.models import (
    CancelOrder,
    OrderRequest,
    OrderStatus,
    OrderView,
    PaymentConfirmation,
    ShipmentReport,
)
from workflows.shared.errors import CallError, RefusedError
from workflows.shared.money import format_money

STAGES: tuple[Stage, ...] = (
    Stage(OrderStatus.CREATED, "created", "○", Tone.MOVING),
    Stage(OrderStatus.AWAITING_PAYMENT, "awaiting payment", "◔", Tone.WAITING, short="awaiting pay"),
    Stage(OrderStatus.PAID, "paid", "●", Tone.MOVING),
    Stage(OrderStatus.FULFILLING, "fulfilling", "◐", Tone.MOVING),
    Stage(OrderStatus.SHIPPED, "shipped", "➤", Tone.MOVING),
    Stage(OrderStatus.DELIVERED, "delivered", "✔", Tone.DONE),
    Stage(OrderStatus.CANCELLED, "cancelled", "✖", Tone.STOPPED),
    Stage(OrderStatus.EXPIRED, "expired", "◌", Tone.STOPPED),
    Stage(OrderStatus.REJECTED, "rejected", "⊘", Tone.STOPPED),
    Stage(OrderStatus.NEEDS_ACTION, "needs action", "▲", Tone.HUMAN),
)

ACTIONS = (
    PaneAction("n", "new", "New", names_target=False),
    PaneAction("p", "confirm_payment", "Pay"),
    PaneAction("c", "cancel_order", "Cancel"),
    PaneAction("s", "report_shipment", "Shipment"),
    *(decision.action for decision in DECISIONS),
)

NEW_ORDER = FormLayout(more=frozenset({"payment_window_seconds", "fulfilment_seconds_per_step"}))


class OrdersPane(SystemPane[OrderView]):
    """Orders: created, paid, fulfilled, shipped, delivered, or undone."""

    system = System("orders", WORKFLOW_TYPE, ID_PREFIX, TASK_QUEUE)
    title = "Orders"
    noun = "order"
    needs = "It needs stock: tconsole store stock SKU QUANTITY, or tconsole store sample"
    stages = STAGES
    actions = ACTIONS
    columns = (
        Column("order", "order", 19, cells.ident, ident=True),
        Column("customer", "customer", 12, cells.title, flexible=True),
        Column("amount", "amount", 10, cells.money, align="right"),
        Column("stage", "stage", 17, cells.stage(STAGES)),
        Column("in", "in", 4, cells.in_stage, align="right", live=True, drop_order=1),
        Column("due", "due", 9, cells.due_in, align="right", live=True, drop_order=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_bindings(ACTIONS)

    def client(self) -> OrdersClient:
        """Return the orders' client."""
        return self.gateway.domain(OrdersClient)

    async def read(self, row: Row) -> OrderView:
        """Ask the order for everything about itself."""
        return await self.client().get_order(row.business_id)

    def describe(self, row: Row, view: OrderView, width: int, now: datetime) -> Content:  # noqa: ARG002 - others need it
        """Return the order's details."""
        return describe_order(view, self.stage_named(view.status), width, now)

    def handlers(self) -> Mapping[str, Handler[OrderView]]:
        """Return what pays, what cancels, what reports a shipment, and what decides."""
        return {
            "confirm_payment": self._confirm_payment,
            "cancel_order": self._cancel,
            "report_shipment": self._report_shipment,
            **{decision.action.name: partial(self._decide, decision) for decision in DECISIONS},
        }

    async def create(self) -> None:
        """Ask for a new order and start it."""

        async def start(request: OrderRequest) -> None:
            async def call() -> str:
                workflow_id = await self.client().start(request)
                self.select_when_listed(workflow_id)
                return f"{format_money(request.total, request.currency)} for {request.customer.name}"

            await self.send("new order", request.order_id, call(), workflow_id=f"{ID_PREFIX}{request.order_id}")

        now = datetime.now(UTC)
        initial = {"order_id": new_order_id(now), "currency": "USD"}
        dialog = FormDialog(OrderRequest, "New order", initial, "Create order", layout=NEW_ORDER, submit=start)
        await self.app.push_screen_wait(dialog)

    async def _confirm_payment(self, target: Target[OrderView]) -> None:
        request = target.view.request
        initial = {
            "payment_id": f"pay_{uuid.uuid4().hex[:10]}",
            "amount": target.view.to_pay,
            "currency": request.currency,
            "method": "card",
        }

        async def pay(payment: PaymentConfirmation) -> None:
            async def call() -> str:
                outcome = await self.client().confirm_payment(target.business_id, payment)
                return self._outcome(target, outcome, f"{format_money(payment.amount, payment.currency)} taken")

            await self.send("pay", target.business_id, call(), workflow_id=target.row.key.workflow_id)

        dialog = FormDialog(
            PaymentConfirmation,
            "Confirm payment",
            initial,
            "Confirm payment",
            target=f"{target.business_id} · {request.customer.name}",
            effect=target.effect,
            submit=pay,
        )
        await self.app.push_screen_wait(dialog)

    async def _cancel(self, target: Target[OrderView]) -> None:
        async def cancel(reason: str) -> None:
            async def call() -> str:
                request = CancelOrder(reason=reason, requested_by=self.gateway.operator)
                outcome = await self.client().cancel_order(target.business_id, request)
                return self._outcome(target, outcome, target.effect)

            await self.send("cancel", target.business_id, call(), workflow_id=target.row.key.workflow_id)

        dialog = ReasonDialog(
            "Cancel order",
            f"{target.business_id} · {target.view.request.customer.name}",
            target.effect,
            accept="Cancel the order",
            danger=True,
            submit=cancel,
        )
        await self.app.push_screen_wait(dialog)

    async def _report_shipment(self, target: Target[OrderView]) -> None:
        async def report(shipment: ShipmentReport) -> None:
            async def call() -> str:
                outcome = await self.client().report_shipment(target.business_id, shipment)
                return self._outcome(target, outcome, f"{shipment.parcel_id or 'all parcels'} {shipment.status}")

            await self.send("shipment", target.business_id, call(), workflow_id=target.row.key.workflow_id)

        dialog = FormDialog(
            ShipmentReport,
            "Report shipment",
            {"parcel_id": target.view.parcels[-1].parcel_id} if target.view.parcels else {},
            "Report",
            target=f"{target.business_id} · {target.view.request.customer.name}",
            effect=target.effect,
            submit=report,
        )
        await self.app.push_screen_wait(dialog)

    async def _decide(self, decision: Decision[Any], target: Target[OrderView]) -> None:
        order, key = target.business_id, f"console-{uuid.uuid4().hex}"
        named = f"{order} · {target.view.request.customer.name}"

        async def submit(payload: BaseModel) -> None:
            async def call() -> str:
                view = await decision.send(self.client(), order, payload, key)
                self.show_answer(target.row, view, view.actions)
                return news(target.view, view)

            if decision.effect is not None:
                await self._confirm(decision.title, named, await decision.effect(self.client(), order, payload))
            await self.send(decision.title.lower(), order, call(), workflow_id=target.row.key.workflow_id)

        dialog = FormDialog(
            decision.model,
            decision.title,
            decision.initial(target.view),
            decision.action.label,
            target=named,
            effect=target.effect,
            layout=decision.layout(target.view, self.gateway.operator),
            submit=submit,
        )
        await self.app.push_screen_wait(dialog)

    async def _confirm(self, title: str, target: str, effect: str) -> None:
        """Ask once more, with the exact effect.

        Raises:
            CallError: the answer was no.
        """
        if not await self.app.push_screen_wait(ConfirmDialog(title, target, effect)):
            raise CallError("nothing was sent")

    def _outcome(self, target: Target[OrderView], outcome: SignalOutcome, done: str) -> str:
        """Show the order as it is after a signal, and return what the signal did.

        Raises:
            RefusedError: the order did not do what it was asked.
        """
        self.show_answer(target.row, outcome.snapshot.view, outcome.snapshot.actions)
        if outcome.refusal is not None:
            raise RefusedError(outcome.refusal, "Refused")
        return done


def news(before: OrderView, after: OrderView) -> str:
    """Return what an order says that it did."""
    return "; ".join(entry.text for entry in after.timeline[len(before.timeline) :]) or "nothing changed"
