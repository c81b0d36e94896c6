"""Reserves an order's stock; if fewer pieces are in stock than ordered, decides what becomes of the rest."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from workflows.orders.activity_models import Opening, StockAnswer, StockRefusal
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.goods.cancellation import ShipmentCancellation
from workflows.orders.goods.early_reports import hand_out
from workflows.orders.goods.shipments import Shipment, count, without
from workflows.orders.goods.stock import Stock
from workflows.orders.models import DecideShortage, OrderStatus, ShortageDecision
from workflows.orders.payments.refund_rules import goes_back
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.tasks import Background, run_unless, wait_until
from workflows.orders.views.availability import why_ended
from workflows.orders.views.wording import duration, pieces
from workflows.shared.money import format_money


def why_not_decide_shortage(state: OrderState) -> str | None:
    """Return why there is nothing to decide about missing pieces now, or None if there is."""
    nothing = None if state.missing_stock.needs_decision else "nothing waits for a decision about missing pieces"
    return why_ended(state) or nothing


def shortage_effect(state: OrderState) -> str:
    """Return what each decision about missing pieces would do and cost."""
    missing = sum(short.wanted - short.available for short in state.missing_stock.shortages)
    there = pieces(state.request.pieces - missing)
    some = pieces(missing)
    longest = duration(timedelta(seconds=state.policy.back_order_seconds))
    lines = state.missing_stock.missing
    due = format_money(state.amount_due - state.value_of(lines), state.request.currency)
    back = goes_back(state, lines)
    refund = f" and {format_money(back, state.request.currency)} go back" if back else ""
    return (
        f"{state.missing_stock.words()}; ship_available ships {there} and sends {some} later,"
        f" back_order sends all together later (both wait {longest} at most),"
        f" cancel_lines cancels {some}: the order then costs {due}{refund}"
    )


@dataclass
class ShortStock:
    """Reserves an order's stock, and waits for pieces that are not in stock yet."""

    _state: OrderState
    _stock: Stock
    _compensations: Compensations
    _cancellation: ShipmentCancellation
    _emails: EmailSender
    _jobs: Background
    _first_answer: StockAnswer | None = field(default=None, init=False)

    async def open(self) -> Opening:
        """Ask for the shop's rules; unless it is all or nothing, that also tries to reserve the stock.

        If all of it is there, the customer is asked to pay at once.
        """
        (everything,) = self._state.shipments
        self._undo_with_order(everything)
        pay_by = self._state.now + timedelta(seconds=self._state.request.payment_window_seconds)
        asking = None if self._state.is_paid else self._emails.enclose(Milestone.PLEASE_PAY, due_at=pay_by)
        opening = await self._stock.open(everything, asking)
        self._first_answer = opening.stock
        return opening

    async def reserve(self) -> None:
        """Reserve what the order's policy allows, and decide about the rest; the order may be rejected."""
        await self._reserve()
        hand_out(self._state)

    async def _reserve(self) -> None:
        (everything,) = self._state.shipments
        if not everything.lines:
            return
        answer = self._first_answer or await self._stock.reserve(
            everything, all_or_nothing=self._state.when_short == "reject"
        )
        if self._state.closing_as is not None:
            return
        if answer.refusal is not None:
            self._reject(answer.refusal, answer.cause)
            return
        missing = without(everything.lines, answer.held)
        if missing:
            self._state.missing_stock.record(everything.lines, missing)
            await self._settle_shortage(anything_held=bool(answer.held))

    def decide(self, decide: DecideShortage) -> None:
        """Apply an operator's decision about the missing pieces."""
        self._state.note(f"{decide.by} decides to {decide.decision.replace('_', ' ')}: {decide.reason}")
        self._apply(decide.decision)

    def _reject(self, why: str, cause: StockRefusal | None) -> None:
        self._state.stock_refused = cause
        short = cause == StockRefusal.SHORT
        self._state.close_as(OrderStatus.REJECTED, f"not in stock: {why}" if short else why)

    async def _settle_shortage(self, *, anything_held: bool) -> None:
        when_short = self._state.when_short
        if not anything_held and when_short != "back_order":
            self._reject(self._state.missing_stock.words(), StockRefusal.SHORT)
        elif when_short == "ask":
            self._state.ask_about_shortage()
            await wait_until(lambda: not self._state.missing_stock.needs_decision)
        else:
            self._apply(ShortageDecision(when_short))

    def _apply(self, decision: ShortageDecision) -> None:
        missing = self._state.end_shortage()
        first = self._state.shipments[0]
        if decision == ShortageDecision.CANCEL_LINES:
            first.lines = without(first.lines, missing)
            self._cancellation.cancel_lines(missing, "not in stock")
            return
        waiting = first
        if decision == ShortageDecision.SHIP_AVAILABLE:
            first.lines = without(first.lines, missing)
            waiting = Shipment(order_id=first.order_id, number=2, lines=missing)
            self._state.shipments.append(waiting)
            self._undo_with_order(waiting)
        waiting.awaits = missing
        longest = timedelta(seconds=self._state.policy.back_order_seconds)
        waiting.awaited_until = self._state.now + longest
        self._state.note(f"back-ordered: {pieces(count(missing))}, for {duration(longest)} at most")
        self._jobs.start(self._await_stock(waiting, longest))

    def _undo_with_order(self, shipment: Shipment) -> None:
        self._compensations.register(partial(self._undo, shipment))

    async def _undo(self, shipment: Shipment) -> None:
        if not shipment.undone_separately:
            await self._stock.undo(shipment)

    async def _await_stock(self, shipment: Shipment, longest: timedelta) -> None:
        stopped = partial(self._state.gives_up, shipment)
        await self._stock.release_unconfirmed(shipment)  # a timed-out first reservation may still arrive
        if stopped():
            return
        came_in = await run_unless(stopped, self._stock.await_stock(shipment, longest))
        if came_in is not False or stopped():
            return
        self._cancel_awaited(shipment, f"not in stock within {duration(longest)}")
        if not shipment.cancelled:  # else it is undone as a whole
            await self._stock.release_unconfirmed(shipment)

    def _cancel_awaited(self, shipment: Shipment, why: str) -> None:
        missing, shipment.awaits = shipment.awaits, []
        self._state.missing_stock.never_came = True
        if missing == shipment.lines:
            back = self._cancellation.cancel(shipment, why)
        else:
            shipment.lines = without(shipment.lines, missing)
            back = self._cancellation.cancel_lines(missing, why)
        if self._state.closing_as is None:  # else the order's last e-mail says it
            self._emails.tell_not_coming(missing, back)
