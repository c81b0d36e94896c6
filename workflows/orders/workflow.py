"""The life of one order: signals tell it what happened, queries ask it, durable timers make it act by itself."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.orders import access
    from workflows.orders.client import WORKFLOW_TYPE, workflow_id
    from workflows.orders.customer.email_sender import EmailSender
    from workflows.orders.customer.estimate import estimate_delivery
    from workflows.orders.goods.cancellation import Cancellation, ShipmentCancellation
    from workflows.orders.goods.fulfilment import Fulfilment
    from workflows.orders.goods.parcel_records import ParcelRecords
    from workflows.orders.goods.redirection import Redirection
    from workflows.orders.goods.short_stock import ShortStock, why_not_decide_shortage
    from workflows.orders.goods.stock import Stock
    from workflows.orders.late_refunds.workflow import RefundWorkflow
    from workflows.orders.models import (
        CancelOrder,
        CapturedPayment,
        CarrierReport,
        ChangeAddress,
        DecidePayment,
        DecideShortage,
        ExtendPaymentWindow,
        OrderRequest,
        OrderStatus,
        PaymentConfirmation,
        ResolveStep,
        Signal,
    )
    from workflows.orders.outcome import STANDS, Outcome
    from workflows.orders.past import PastReader
    from workflows.orders.payment_intake.models import TakePayment
    from workflows.orders.payment_intake.workflow import PaymentWorkflow
    from workflows.orders.payments.handler import PaymentHandler
    from workflows.orders.payments.judging import why_not_decide_payment
    from workflows.orders.payments.order_refunds import OrderRefunds
    from workflows.orders.payments.preview_models import PaymentPreview
    from workflows.orders.payments.refund_handlers import RefundHandlers
    from workflows.orders.payments.refund_models import LinesToRefund, RefundPreview
    from workflows.orders.payments.refund_rules import plan_refund
    from workflows.orders.payments.window import PaymentWindow
    from workflows.orders.state import NO_PAYMENT, OrderState
    from workflows.orders.steps.compensation import Compensations
    from workflows.orders.steps.stuck import why_not_complete
    from workflows.orders.steps.tasks import Background, run_to_end, run_unless, wait_until
    from workflows.orders.views.actions import actions_for
    from workflows.orders.views.answers import facts, list_row, order_view, row_of, status_answer, status_of
    from workflows.orders.views.availability import why_ended, why_not_change_address, why_not_extend
    from workflows.orders.views.forecast import LOOK_WITHIN
    from workflows.orders.views.models import DeliveryEstimate, OrderStatusAnswer, OrderView, PaymentView
    from workflows.orders.views.publishing import RowPublisher
    from workflows.orders.views.refusals import refuse_if, why_not_start, why_not_this_id
    from workflows.runtime.server_clock import time_of_query
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.inputs import SingleInputStart, accepts_all
    from workflows.shared.refusals import INVALID_REQUEST, refuse
    from workflows.shared.refused_signals import ACKNOWLEDGE, Acknowledge
    from workflows.shared.resets import ResetWatch
    from workflows.shared.signals import SignalReceiver, signal
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary

SignalT = TypeVar("SignalT", bound=Signal | Acknowledge)


@workflow.defn(name=WORKFLOW_TYPE)
class OrderWorkflow(SingleInputStart, SignalReceiver, RefundHandlers):
    """One order, from its creation until it is delivered, or until everything it did is undone.

    Signal handlers decide at once, in the order of the signals, and leave the work to the main line and to background
    jobs. In one workflow task signals come before timers: a payment wins over the end of its window, and a cancellation
    over the end of a step.
    """

    ACCESS = access.ORDER

    @workflow.init
    def __init__(self, request: OrderRequest) -> None:
        refuse_if(why_not_start(request), INVALID_REQUEST)
        right_id = workflow_id(request.order_id)
        refuse_if(why_not_this_id(request, workflow.info().workflow_id, right=right_id), INVALID_REQUEST)
        self._early: list[Callable[[], None]] = []
        """Signals that came before the order could act on them, in their order."""
        self._resets = ResetWatch()
        self._state = OrderState(request, clock=workflow.now, resets=self._resets)
        self._row = RowPublisher(self.get_summary, self._state)
        self._compensations = Compensations()
        self._jobs = Background()
        self._outcome = Outcome(self._state, lambda: order_view(self._state))
        self._records = ParcelRecords(self._state, self._jobs)
        self._emails = EmailSender(self._state, self._outcome, self._records, self._others_idle)
        self._payments = PaymentHandler(self._state, self._outcome, self._compensations, self._emails)
        self._window = PaymentWindow(self._state, self._emails)
        stock = Stock(self._state, self._jobs)
        shipments = ShipmentCancellation(self._state, stock, self._records, self._payments, self._jobs)
        self._short_stock = ShortStock(self._state, stock, self._compensations, shipments, self._emails, self._jobs)
        self._cancellation = Cancellation(self._state, shipments, self._emails, self._jobs)
        self._fulfilment = Fulfilment(self._state, stock, self._records, shipments, self._compensations, self._emails)
        self._redirection = Redirection(self._state, self._emails, self._jobs)
        self._refunds = OrderRefunds(
            self._state, self._payments.booking, stock, self._emails, self._cancellation.request, self._jobs
        )
        self._past = PastReader(
            self._state, self._outcome, self._payments, self._refunds, self._redirection, self._drop_jobs
        )

    @workflow.run
    async def run(self, request: OrderRequest) -> OrderStatusAnswer:  # noqa: ARG002 - __init__ has it
        """Live through the order. Cancelling the workflow cancels the order, and is refused where that is refused."""
        cancel = CancelOrder(reason="the workflow was cancelled", requested_by="Temporal")
        return await run_to_end(self._live(), lambda: self.cancel_order(cancel))

    @signal
    def confirm_payment(self, payment: PaymentConfirmation) -> None:
        """Take money that the gateway captured. It is never dropped: it pays the order, or goes back."""
        self._receive("confirm_payment", payment, self._payments.confirm)

    @accepts_all
    @workflow.update
    async def take_payment(self, payment: TakePayment) -> PaymentView:
        """Take a payment from the payment intake. The money is there already, so the update is never refused."""
        return await self._payments.take(payment)

    @workflow.update
    async def decide_payment(self, decide: DecidePayment) -> OrderView:
        """Accept or refund a parked payment."""
        await self._until_allowed(partial(why_not_decide_payment, self._state, decide))
        self._payments.decide(decide)
        return self.get_order()

    @decide_payment.validator
    def _validate_decide_payment(self, decide: DecidePayment) -> None:
        self._check(partial(why_not_decide_payment, self._state, decide))

    @signal
    def cancel_order(self, cancel: CancelOrder) -> None:
        """Cancel, and undo everything, unless the parcel cannot be stopped any more."""
        self._receive("cancel_order", cancel, self._cancellation.request)

    @signal
    def report_shipment(self, report: CarrierReport) -> None:
        """Apply a carrier's report if it can be true; a station on the way is noted."""
        self._receive("report_shipment", report, self._fulfilment.report)

    @workflow.update
    async def decide_shortage(self, decide: DecideShortage) -> OrderView:
        """Ship what is in stock, wait for all of it, or cancel what is missing."""
        await self._until_allowed(partial(why_not_decide_shortage, self._state))
        self._short_stock.decide(decide)
        return self.get_order()

    @decide_shortage.validator
    def _validate_decide_shortage(self, decide: DecideShortage) -> None:  # noqa: ARG002 - all decisions are possible
        self._check(partial(why_not_decide_shortage, self._state))

    @workflow.update
    async def change_address(self, change: ChangeAddress) -> OrderView:
        """Send what has not left to another address."""
        await self._until_allowed(partial(why_not_change_address, self._state, change.shipping_address))
        self._redirection.change(change)
        return self.get_order()

    @change_address.validator
    def _validate_change_address(self, change: ChangeAddress) -> None:
        self._check(partial(why_not_change_address, self._state, change.shipping_address))

    @workflow.update
    async def extend_payment_window(self, extension: ExtendPaymentWindow) -> OrderView:
        """Give the customer more time to pay."""
        await self._until_allowed(partial(why_not_extend, self._state, extension.seconds))
        self._window.extend(extension)
        return self.get_order()

    @extend_payment_window.validator
    def _validate_extension(self, extension: ExtendPaymentWindow) -> None:
        self._check(partial(why_not_extend, self._state, extension.seconds))

    @workflow.update
    async def resolve_step(self, resolve: ResolveStep) -> OrderView:
        """Retry, skip or resolve a stuck step."""
        await self._until_allowed(partial(self._state.stuck.why_not_resolve, resolve))
        self._state.stuck.decide(resolve)
        return self.get_order()

    @resolve_step.validator
    def _validate_resolve_step(self, resolve: ResolveStep) -> None:
        refuse_if(why_not_complete(resolve), INVALID_REQUEST)
        self._check(partial(self._state.stuck.why_not_resolve, resolve))

    @workflow.query
    def get_status(self) -> OrderStatusAnswer:
        """Return the order's status."""
        recorded = self._outcome.recorded
        return status_of(recorded) if recorded else status_answer(self._state)

    @workflow.query
    def get_delivery_estimate(self) -> DeliveryEstimate:
        """Return when the order should arrive."""
        return estimate_delivery(self._state, time_of_query())

    @workflow.query
    def get_order(self) -> OrderView:
        """Return everything about the order."""
        return self._outcome.recorded or order_view(self._state)

    @workflow.query
    def preview_refund(self, wanted: LinesToRefund) -> RefundPreview:
        """Return what refunding these lines would do; the query fails with the reason if it is not possible."""
        return plan_refund(self._state, wanted.lines).preview()

    @workflow.query
    def preview_payment(self, payment: CapturedPayment) -> PaymentPreview:
        """Return what a payment would do if it came now."""
        return self._payments.preview(payment)

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:
        """Return what may be done now, and what it would do."""
        return actions_for(self._state, viewer)

    @workflow.query
    def get_summary(self) -> Summary:
        """Return the list row."""
        recorded = self._outcome.recorded
        return row_of(recorded) if recorded else list_row(self._state)

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[OrderView]:
        """Return view, actions and list row together."""
        order = self.get_order()
        return Snapshot[OrderView].take(order, self.get_actions(viewer), self.get_summary(), facts(order))

    async def _acknowledge(self, acknowledge: Acknowledge) -> None:
        self._receive(ACKNOWLEDGE, acknowledge, self._state.acknowledge)

    async def _refuse_signal(self, name: str, reason: str, signal_id: str | None = None) -> None:
        refuse_it = partial(self._state.refuse_invalid, name, reason, signal_id)
        if self._state.lost:
            self._early.append(refuse_it)
        else:
            refuse_it()

    def _receive(self, name: str, signal: SignalT, handle: Callable[[SignalT], str | None]) -> None:
        """Handle a signal, by a function that may return its effect; one with an ID is handled once, with a receipt.

        Payments wait until the order knows its policy, and all signals until the store was read after a reset.
        """
        if self._state.lost or (isinstance(signal, PaymentConfirmation) and not self._state.opened):
            self._early.append(partial(self._receive, name, signal, handle))
            return
        if self._outcome.recorded and not isinstance(signal, PaymentConfirmation):
            handle = partial(self._refuse_as_ended, name)
        known = signal.signal_id
        if known is not None and (self._state.has_receipt(known) or self._outcome.has_receipt(known)):
            return
        count = self._state.refusals.count
        effect = handle(signal) or ""
        refused = "; ".join(self._state.refusals.reasons_since(count))
        if known is not None:
            self._state.add_receipt(known, name, refused or None, effect)
        if not refused and name in NO_PAYMENT:  # a payment is settled when the order is paid
            self._state.settle_refusals(name)

    def _refuse_as_ended(self, name: str, _: Signal | Acknowledge) -> None:
        self._state.refuse(name, why_ended(self._state) or STANDS)

    async def _live(self) -> OrderStatusAnswer:
        """Live through the order. If it had ended before, end so, or fail as ``AlreadyDone`` if started anew."""
        await self._open()
        after_resets = asyncio.create_task(self._read_after_resets())
        if self._outcome.recorded is None:
            await self._run_phases()
        await self._close()
        after_resets.cancel()
        self._row.publish()
        refuse(self._outcome.why_not)
        return self.get_status()

    async def _run_phases(self) -> None:
        for phase in (self._short_stock.reserve, self._window.run, self._fulfilment.run):
            if self._state.closing_as is None:
                await run_unless(lambda: self._state.closing_as is not None, phase())
        if self._outcome.recorded is not None:
            return
        if self._state.closing_as is not None:
            undo = self._undo_everything(self._state.closing_as)
            await run_unless(lambda: self._outcome.recorded is not None, undo)
        else:
            await self._state.ready()
            self._payments.return_parked("the order is delivered")

    async def _open(self) -> None:
        resets = self._resets.count
        opening = await self._short_stock.open()
        refuse_if(opening.why_not, INVALID_REQUEST)
        self._state.open(opening.policy, opening.days_off)
        self._past.take(opening)
        self._row.begin(registered=opening.search_attributes)
        self._settle(resets)

    async def _read_after_resets(self) -> None:
        """After each reset, continue from what the store knows: an outcome stands, and what was booked counts."""
        while True:
            await wait_until(lambda: self._resets.pending)
            resets = self._resets.count
            await self._past.read()
            self._settle(resets)

    def _settle(self, resets: int) -> None:
        self._resets.settle(resets)
        if not self._state.lost:
            early, self._early = self._early, []
            for receive in early:
                receive()

    def _drop_jobs(self) -> None:
        self._emails.drop()
        self._records.take_last()
        for jobs in (self._jobs, self._payments.booking.jobs):
            jobs.drop()

    def _check(self, why_not: Callable[[], str | None]) -> None:
        """Refuse an update that is not allowed now; after a reset, that is checked when the store was read."""
        if not self._state.lost:
            refuse_if(why_not())

    async def _until_allowed(self, why_not: Callable[[], str | None]) -> None:
        if self._state.lost:
            await self._state.ready()
            refuse_if(why_not())

    async def _undo_everything(self, ends_as: OrderStatus) -> None:
        await self._compensations.unwind(self._state.stuck, self._state.fail_undoing)
        self._state.enter(ends_as, ends_as.lower())
        self._emails.tell_end(ends_as)

    async def _close(self) -> None:
        """Wait for all background jobs and handlers, in this order, until none has started another, and for the store.

        Nothing is awaited after the last check: a payment that comes until the very end is recorded and sent back, and
        the customer is told.
        """
        steps: tuple[Background | EmailSender, ...] = (self._jobs, self._emails, self._payments.booking.jobs)
        while True:
            for step in steps:
                await step.finish()
            await wait_until(lambda: workflow.all_handlers_finished() and not self._state.lost)
            self._records.record(self._records.take_last())  # if the last e-mail went out without them
            if not all(step.idle for step in steps):
                continue
            if not self._outcome.saved:
                await self._outcome.save()
            elif not await self._wait_for_people(steps):
                return

    async def _wait_for_people(self, steps: Sequence[Background | EmailSender]) -> bool:
        """Stay open while a signal that nobody could read may have been the payment; return False when that is over.

        A closed workflow takes no acknowledgement, and its row would ask for attention for ever.
        """
        if self._outcome.recorded is not None or not self._state.asking_signals:
            return False
        left = max(self._state.stage_since + LOOK_WITHIN - workflow.now(), timedelta(0))
        return await wait_until(
            lambda: not self._state.asking_signals or self._state.lost or not all(step.idle for step in steps),
            left,
            "somebody to look at refused signals",
        )

    def _others_idle(self) -> bool:
        return self._jobs.idle and self._payments.booking.jobs.idle


WORKFLOWS: list[type] = [OrderWorkflow, PaymentWorkflow, RefundWorkflow]
