"""The life of one order: signals tell what happened outside, queries ask, durable timers make it act by itself."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    import email_validator  # noqa: F401 - pydantic imports it when it meets the first e-mail address

    from workflows.orders.activities import OrderActivities
    from workflows.orders.client import WORKFLOW_TYPE, workflow_id
    from workflows.orders.customer.email_sender import EmailSender
    from workflows.orders.customer.emails import Milestone
    from workflows.orders.customer.estimate import estimate_delivery
    from workflows.orders.edition import Edition, edition_of_run
    from workflows.orders.goods.cancellation import Cancellation
    from workflows.orders.goods.fulfilment import Fulfilment
    from workflows.orders.goods.parcel_records import ParcelRecords
    from workflows.orders.goods.shipment_cancellation import ShipmentCancellation
    from workflows.orders.goods.short_stock import ShortStock
    from workflows.orders.goods.shortage_rules import why_no_shortage_decision
    from workflows.orders.goods.stock import Stock
    from workflows.orders.models import (
        CancelOrder,
        DecidePayment,
        DecideShortage,
        DeliveryEstimate,
        ExtendPaymentWindow,
        OrderRequest,
        OrderStatus,
        OrderStatusAnswer,
        OrderView,
        PaymentConfirmation,
        ResolveStep,
        ShipmentReport,
        Signal,
    )
    from workflows.orders.payment_intake.models import TakenPayment, TakePayment
    from workflows.orders.payment_intake.workflow import PaymentWorkflow
    from workflows.orders.payments.handler import PaymentHandler
    from workflows.orders.payments.judging import why_no_decision
    from workflows.orders.payments.line_refunds import LineRefunds
    from workflows.orders.payments.refund_models import LinesToRefund, RefundLines, RefundPreview
    from workflows.orders.payments.refund_rules import plan_refund, why_no_refund
    from workflows.orders.payments.window import PaymentWindow
    from workflows.orders.policy import OrderFacts
    from workflows.orders.state import OrderState
    from workflows.orders.steps.compensation import Compensation, Compensations
    from workflows.orders.steps.moments import at_rest
    from workflows.orders.steps.refusals import refuse_input, refuse_now
    from workflows.orders.steps.retrying import AT_ONCE, wait_until
    from workflows.orders.steps.rules import what_is_missing, why_no_resolution
    from workflows.orders.steps.starting import why_not_start, why_not_this_id
    from workflows.orders.views.actions import legal_actions
    from workflows.orders.views.answers import list_row, order_view, status_answer
    from workflows.orders.views.availability import why_no_extension
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.inputs import SingleInputStart, accepts_all
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary, SummaryPublisher

SignalT = TypeVar("SignalT", bound=Signal)

UNDOING = "undoing"
"""Key of what needs attention because a compensation fails, apart from that of refunding a stray payment."""

LAST_EMAIL = {
    OrderStatus.CANCELLED: Milestone.CANCELLED,
    OrderStatus.EXPIRED: Milestone.EXPIRED,
    OrderStatus.REJECTED: Milestone.REJECTED,
}


@workflow.defn(name=WORKFLOW_TYPE)
class OrderWorkflow(SingleInputStart):
    """One order, from its creation until it is delivered, or until all it did is undone.

    Signal handlers decide at once, in the order in which the signals came, and leave the work to the main line and to
    background jobs. In one workflow task signals come before timers: of a payment and the end of its window the
    payment wins, of a cancellation and the end of a step the cancellation does.
    """

    @workflow.init
    def __init__(self, request: OrderRequest) -> None:
        self._publisher = SummaryPublisher()
        self._unpublished = True
        edition = edition_of_run()
        if edition > Edition.FIRST:
            refuse_input(why_not_start(request, edition))
            refuse_input(why_not_this_id(request, workflow.info().workflow_id, right=workflow_id(request.order_id)))
        self._state = OrderState(request, edition=edition, clock=workflow.now, changed=self._changed)
        self._early_payments: list[PaymentConfirmation] = []
        """Confirmed before the order knows its policy."""
        self._compensations = Compensations()
        self._correspondence = EmailSender(self._state)
        self._desk = PaymentHandler(self._state, self._compensations, self._correspondence)
        self._refunds = LineRefunds(self._state, self._desk.cashier, self._correspondence, self.cancel_order)
        self._window = PaymentWindow(self._state, self._correspondence)
        self._stock = Stock(self._state)
        records = ParcelRecords(self._state)
        self._giving_up = ShipmentCancellation(self._state, self._stock, records, self._desk.cashier)
        self._short_stock = ShortStock(
            self._state, self._stock, self._compensations, self._giving_up, self._correspondence
        )
        self._cancelling = Cancellation(self._state, self._giving_up, self._correspondence)
        self._fulfilment = Fulfilment(
            self._state, self._stock, records, self._giving_up, self._compensations, self._correspondence
        )

    @workflow.run
    async def run(self, request: OrderRequest) -> OrderStatusAnswer:  # noqa: ARG002 - the state has it from __init__
        """Live through the order. To cancel the workflow is to cancel the order, refused where that is refused."""
        life = asyncio.create_task(self._live())
        while True:
            try:
                return await asyncio.shield(life)
            except asyncio.CancelledError:
                if life.done():
                    raise
                self.cancel_order(CancelOrder(reason="the workflow was cancelled", requested_by="Temporal"))

    @workflow.signal
    def confirm_payment(self, payment: PaymentConfirmation) -> None:
        """Take note of money that the gateway captured. It is never dropped: it pays the order, or goes back."""
        if self._state.policy_known:
            self._receive("confirm_payment", payment, self._desk.confirm)
        else:
            self._early_payments.append(payment)

    @accepts_all
    @workflow.update
    async def take_payment(self, payment: TakePayment) -> TakenPayment:
        """Take a payment from the front door. It is never refused as an update: the money is there already."""
        return await self._desk.take(payment)

    @workflow.update
    def decide_payment(self, decide: DecidePayment) -> OrderView:
        """Accept or refund a parked payment."""
        self._desk.decide(decide)
        return self.get_order()

    @decide_payment.validator
    def _validate_decide_payment(self, decide: DecidePayment) -> None:
        refuse_now(why_no_decision(self._state, decide))

    @workflow.signal
    def cancel_order(self, cancel: CancelOrder) -> None:
        """Cancel, and undo what was done, unless the parcel cannot be stopped any more."""
        self._receive("cancel_order", cancel, self._cancelling.ask)

    @workflow.signal
    def report_shipment(self, report: ShipmentReport) -> None:
        """Take note of what the carrier says, if it can be true."""
        self._receive("report_shipment", report, self._fulfilment.report)

    @workflow.update
    def decide_shortage(self, decide: DecideShortage) -> OrderView:
        """Ship what is there, wait for all of it, or cancel what is missing."""
        self._short_stock.decide(decide)
        return self.get_order()

    @decide_shortage.validator
    def _validate_decide_shortage(self, decide: DecideShortage) -> None:  # noqa: ARG002 - all decisions are possible
        refuse_now(why_no_shortage_decision(self._state))

    @workflow.update
    def extend_payment_window(self, extension: ExtendPaymentWindow) -> OrderView:
        """Give the customer more time to pay."""
        self._window.extend(extension)
        return self.get_order()

    @extend_payment_window.validator
    def _validate_extension(self, extension: ExtendPaymentWindow) -> None:
        refuse_now(why_no_extension(self._state, extension.seconds))

    @workflow.update
    async def refund_lines(self, refund: RefundLines) -> OrderView:
        """Refund lines. That is decided at once; the answer waits a little for the provider."""
        refuse_now(why_no_refund(self._state, refund.lines))  # again: another update may have come in the same task
        await self._refunds.refund(refund)
        return self.get_order()

    @refund_lines.validator
    def _validate_refund_lines(self, refund: RefundLines) -> None:
        refuse_now(why_no_refund(self._state, refund.lines))

    @workflow.update
    def resolve_step(self, resolve: ResolveStep) -> OrderView:
        """Retry, skip or resolve a step that is stuck."""
        self._state.stuck.decide(resolve)
        return self.get_order()

    @resolve_step.validator
    def _validate_resolve_step(self, resolve: ResolveStep) -> None:
        refuse_input(what_is_missing(resolve))
        refuse_now(why_no_resolution(self._state.stuck, resolve))

    @workflow.query
    def get_status(self) -> OrderStatusAnswer:
        """Return where the order stands."""
        return status_answer(self._state)

    @workflow.query
    def get_delivery_estimate(self) -> DeliveryEstimate:
        """Return when the order should arrive."""
        with workflow.unsafe.sandbox_unrestricted():  # a query leaves no trace, so it may look at the clock
            now = datetime.now(UTC)
        return estimate_delivery(self._state, max(now, self._state.now))

    @workflow.query
    def get_order(self) -> OrderView:
        """Return everything about the order."""
        return order_view(self._state, legal_actions(self._state))

    @workflow.query
    def preview_refund(self, wanted: LinesToRefund) -> RefundPreview:
        """Return what refunding these lines would do; the query fails with the reason where it is not possible."""
        refuse_now(why_no_refund(self._state, wanted.lines))
        return plan_refund(self._state, wanted.lines).preview()

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:  # noqa: ARG002 - orders know no permissions
        """Return what may be done now, and what it would do."""
        return legal_actions(self._state)

    @workflow.query
    def get_summary(self) -> Summary:
        """Return what a list row shows."""
        return list_row(self._state)

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[OrderView]:
        """Return view, actions and list row together."""
        return Snapshot[OrderView].take(self.get_order(), self.get_actions(viewer), self.get_summary())

    def _receive(self, name: str, signal: SignalT, handle: Callable[[SignalT], None]) -> None:
        """Handle a signal; one with an ID is handled once, and has a receipt."""
        if signal.signal_id is None:
            handle(signal)
        elif not self._state.has_receipt(signal.signal_id):
            known = len(self._state.refusals)
            handle(signal)
            refused = "; ".join(refusal.reason for refusal in self._state.refusals[known:])
            self._state.add_receipt(signal.signal_id, name, refused or None)

    def _publish(self) -> None:
        self._unpublished = False
        self._publisher.publish(list_row(self._state))

    def _changed(self) -> None:
        self._unpublished = True
        if self._state.edition == Edition.FIRST:
            self._publish()

    async def _keep_published(self) -> None:
        """Publish after changes, once all that happens in the same moment has happened: one command for all of it."""
        while True:
            await wait_until(lambda: self._unpublished)
            if self._state.edition >= Edition.THIRD:
                await at_rest(self._state)
            self._publish()

    async def _live(self) -> OrderStatusAnswer:
        if self._state.edition < Edition.THIRD:
            self._publish()
        await self._open()
        for phase in (self._reserve, self._window.run, self._fulfilment.fulfil):
            if self._state.closing_as is None:
                await self._unless_closing(phase())
        if self._state.closing_as is not None:
            await self._undo_everything(self._state.closing_as)
        else:
            self._desk.return_parked("the order is delivered")
        await self._short_stock.finish()
        await self._cancelling.finish()
        await self._giving_up.finish()
        await self._fulfilment.finish()
        await self._stock.finish()
        await self._refunds.finish()
        # Last, and with nothing awaited after it: a payment that comes until the very end is recorded and sent back.
        await self._correspondence.finish()
        await self._desk.finish()
        while not self._correspondence.idle:  # the customer hears of such a payment, too
            await self._correspondence.finish()
            await self._desk.finish()
        self._publish()
        return status_answer(self._state)

    async def _open(self) -> None:
        if self._state.edition >= Edition.SECOND:
            facts = await self._ask_facts()
            self._state.adopt(facts.policy)
            begun_with = workflow.info().raw_memo if self._state.edition >= Edition.THIRD else None
            self._publisher.begin(registered=facts.search_attributes, memo=begun_with)
            for payment in self._early_payments:
                self._receive("confirm_payment", payment, self._desk.confirm)
            self._publishing = asyncio.create_task(self._keep_published())
            return
        await self._publisher.open()
        if self._state.seconds_per_step is None:
            self._state.seconds_per_step = await workflow.execute_local_activity_method(
                OrderActivities.default_seconds_per_step, start_to_close_timeout=AT_ONCE
            )

    async def _ask_facts(self) -> OrderFacts:
        if self._state.edition >= Edition.THIRD:
            return await self._short_stock.open()
        return await workflow.execute_activity_method(OrderActivities.order_facts, start_to_close_timeout=AT_ONCE)

    async def _unless_closing(self, phase: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(phase)
        await wait_until(lambda: task.done() or self._state.closing_as is not None)
        if task.done():
            task.result()
            return
        task.cancel()
        with suppress(asyncio.CancelledError, ActivityError):
            await task

    async def _reserve(self) -> None:
        if self._state.edition >= Edition.SECOND and self._state.when_short != "reject":
            await self._short_stock.reserve()
            return
        await self._short_stock.reserve_all()

    async def _undo_everything(self, ends_as: OrderStatus) -> None:
        await self._compensations.unwind(self._state.stuck, failed=self._could_not_undo, done=self._undid)
        self._state.enter(ends_as, ends_as.lower())
        self._correspondence.send(LAST_EMAIL[ends_as])

    def _could_not_undo(self, compensation: Compensation) -> None:
        self._state.call_attention(compensation.attention, key=UNDOING)
        self._state.enter(OrderStatus.NEEDS_ACTION)

    def _undid(self, compensation: Compensation) -> None:
        self._state.settle_attention(compensation.attention, UNDOING)


WORKFLOWS: list[type] = [OrderWorkflow, PaymentWorkflow]
