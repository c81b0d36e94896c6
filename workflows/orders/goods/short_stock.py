"""Fewer pieces in stock than ordered: what is there is set aside, and what becomes of the rest is decided."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

from temporalio.exceptions import ActivityError

from workflows.orders.activity_models import StockAnswer
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.edition import Edition
from workflows.orders.goods.shipment_cancellation import ShipmentCancellation
from workflows.orders.goods.shipments import Shipment, without
from workflows.orders.goods.stock import Stock
from workflows.orders.models import DecideShortage, OrderStatus, ReservedLine, ShortageDecision
from workflows.orders.policy import OrderFacts
from workflows.orders.state import OrderState
from workflows.orders.steps.background import Background
from workflows.orders.steps.compensation import Compensation, Compensations
from workflows.orders.steps.retrying import wait_until
from workflows.orders.views.attention import Attention
from workflows.orders.views.wording import duration, pieces


class ShortStock:
    """Sets an order's stock aside, and waits for the pieces that are not there yet."""

    def __init__(
        self,
        state: OrderState,
        stock: Stock,
        compensations: Compensations,
        giving_up: ShipmentCancellation,
        correspondence: EmailSender,
    ) -> None:
        self._state = state
        self._stock = stock
        self._compensations = compensations
        self._giving_up = giving_up
        self._correspondence = correspondence
        self._waiting = Background()
        self._first_answer: StockAnswer | None = None

    async def open(self) -> OrderFacts:
        """Ask for the shop's rules, which brings the answer of a first try to set aside what there is."""
        (everything,) = self._state.shipments
        self._undo_at_the_end(everything)
        opening = await self._stock.open(everything)
        self._first_answer = opening.stock
        return opening

    async def reserve_all(self) -> None:
        """Set everything aside; an order of which something is not there is rejected."""
        everything = self._begin()
        refusal = await self._stock.reserve(everything)
        if refusal is not None and self._state.closing_as is None:
            self._state.close_as(OrderStatus.REJECTED, f"not in stock: {refusal}")

    async def reserve(self) -> None:
        """Set aside what there is, and decide about the rest; an order of which nothing is there may be rejected."""
        everything = self._begin()
        answer = self._first_answer or await self._stock.reserve_available(everything)
        if self._state.closing_as is not None:
            return
        if answer.refusal is not None:
            self._state.close_as(OrderStatus.REJECTED, f"not in stock: {answer.refusal}")
            return
        missing = without(everything.lines, answer.held)
        if not missing:
            return
        self._state.short_of.learn(everything.lines, missing)
        when_short = self._state.when_short
        if not answer.held and when_short != "back_order":
            self._state.close_as(OrderStatus.REJECTED, f"not in stock: {self._state.short_of.words()}")
        elif when_short == "ask":
            self._state.ask_about_shortage()
            await wait_until(lambda: not self._state.short_of.asks)
        else:
            self._apply(ShortageDecision(when_short))

    def decide(self, decide: DecideShortage) -> None:
        """Do what somebody decided about the pieces that are missing."""
        self._state.note(f"{decide.by} decides to {decide.decision.replace('_', ' ')}: {decide.reason}")
        self._apply(decide.decision)

    async def finish(self) -> None:
        """Wait until nothing is waited for any more."""
        await self._waiting.finish()

    def _apply(self, decision: ShortageDecision) -> None:
        missing = self._state.end_shortage()
        first = self._state.shipments[0]
        if decision == ShortageDecision.CANCEL_LINES:
            first.lines = without(first.lines, missing)
            self._giving_up.drop(missing, "not in stock")
            return
        waiting = first
        if decision == ShortageDecision.SHIP_AVAILABLE:
            first.lines = without(first.lines, missing)
            waiting = Shipment(order_id=first.order_id, number=2, lines=missing)
            self._state.shipments.append(waiting)
            self._undo_at_the_end(waiting)
        waiting.awaits = missing
        longest = timedelta(seconds=self._state.policy.back_order_seconds)
        self._state.note(f"back-ordered: {pieces(_count(missing))}, for {duration(longest)} at most")
        self._waiting.start(self._await_stock(waiting, longest))

    def _begin(self) -> Shipment:
        """Return the one shipment that an order begins with; later editions saw to its undoing as they opened."""
        (everything,) = self._state.shipments
        if self._state.edition < Edition.THIRD:
            self._undo_at_the_end(everything)
        return everything

    def _undo_at_the_end(self, shipment: Shipment) -> None:
        self._compensations.register(Compensation(Attention.RELEASE_FAILED, partial(self._undo, shipment)))

    async def _undo(self, shipment: Shipment) -> None:
        if not shipment.undone_apart:
            await self._stock.undo(shipment)

    async def _await_stock(self, shipment: Shipment, longest: timedelta) -> None:
        await self._stock.fence(shipment)  # off from a first try that found nothing, and comes late
        if self._is_stopped(shipment):
            return
        waiting = asyncio.create_task(self._stock.await_stock(shipment, longest))
        await wait_until(lambda: waiting.done() or self._is_stopped(shipment))
        if not waiting.done():
            waiting.cancel()
            with suppress(asyncio.CancelledError, ActivityError):
                await waiting
            return
        if waiting.result() or self._is_stopped(shipment):
            return
        self._do_without(shipment, f"not in stock within {duration(longest)}")
        if not shipment.given_up:  # else that is undone as a whole
            await self._stock.fence(shipment)

    def _is_stopped(self, shipment: Shipment) -> bool:
        return shipment.given_up or self._state.closing_as is not None

    def _do_without(self, shipment: Shipment, why: str) -> None:
        missing, shipment.awaits = shipment.awaits, []
        self._state.short_of.never_came = True
        if missing == shipment.lines:
            back = self._giving_up.give_up(shipment, why)
        else:
            shipment.lines = without(shipment.lines, missing)
            back = self._giving_up.drop(missing, why)
        if self._state.closing_as is None:  # else the e-mail about the end of the order tells it
            self._correspondence.tell_not_coming(missing, back)


def _count(lines: list[ReservedLine]) -> int:
    return sum(line.quantity for line in lines)
