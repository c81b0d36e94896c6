"""Drives one order on a real server through its scenario, to its end."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from tests.orders.properties import events
from tests.orders.properties.checks import Ended, Inputs, check_reasons
from tests.orders.properties.events import Event, Outage, Pay, PayUnknown, Signal, Update, Wait
from tests.orders.properties.manual_steps import decision_about
from tests.orders.properties.scenarios import LONG_WINDOW, Scenario
from tests.support.eventually import eventually
from tests.support.orders import Shop
from workflows.orders.models import ENDED, OrderStatus, PaymentConfirmation
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentRequest
from workflows.orders.views.models import OrderView
from workflows.orders.views.refusals import PAYMENT_CONFLICT
from workflows.shared.errors import NoAnswerError, RefusedError
from workflows.shared.refused_signals import ACKNOWLEDGE

A_LONG_TIME = 120
"""Seconds after which an order that has not ended is taken to hang."""
A_WHILE = 4
"""Seconds in which a step that fails comes to be stuck, or a parcel leaves the house."""
PATIENCE = 0.3
"""Seconds between two looks at an order."""
ANSWER_WITHIN = timedelta(seconds=5)

LATE_PAYMENT = 9
"""Number of the payment that comes after the end; no scenario has it."""
ALL = 1_000_000
"""More answers than any order asks for."""

UNPAID = (OrderStatus.CREATED, OrderStatus.AWAITING_PAYMENT)
IN_THE_HOUSE = (OrderStatus.CREATED, OrderStatus.PAID, OrderStatus.FULFILLING)


class Driver:
    """One order, in a shop of its own; the store is also that of others."""

    def __init__(self, shop: Shop, order_id: str, scenario: Scenario, supply: Callable[[str, int], None]) -> None:
        self.scenario = scenario
        self.request = scenario.request(order_id)
        self._shop = shop
        self._handle = shop.handle(self.request)
        self._intake = PaymentsClient(shop.client, task_queue=shop.task_queue)
        self._faults = shop.world.faults
        self._supply = supply
        self._down: dict[str, bool] = {}
        """The ports that do not answer, and whether they do what they are asked all the same."""
        self._inputs = Inputs()

    async def run(self, seed: int) -> Ended:
        """Start the order, let everything happen, bring it to its end and return it."""
        self._faults.flaky = random.Random(seed)  # noqa: S311 - not a secret
        await self._shop.orders.begin(self.request)
        for batch in self.scenario.batches:
            await asyncio.gather(*(self._happen(event) for event in batch))
        self._repair()
        closed = asyncio.create_task(self._handle.result())
        while not closed.done():
            for event in self._next_events(await self.look()):
                await self._happen(event)
            await asyncio.wait({closed}, timeout=PATIENCE)
        if not self._inputs.terminated:
            await closed
        else:  # nobody but the intake of payments can give back what such an order had
            closed.exception()
            for payment in list(self._inputs.confirmed):
                await self._take_in(payment)
        if self.scenario.pays_late:
            await self._happen(Pay(LATE_PAYMENT, intake=True))
        for outcomes in (self._inputs.outcomes, self._inputs.unknown):
            outcomes.update({known: await self._outcome(known) for known in outcomes})
        return Ended(await self.look(), self._inputs)

    def _next_events(self, view: OrderView) -> Sequence[Event]:
        """Return what must be done; of an order that has ended only what it waits for, as a message delays its end."""
        if view.status not in ENDED:
            return self.scenario.next_events(view)
        asks = any(action.name == ACKNOWLEDGE and action.enabled for action in view.actions)
        return [events.SEEN] if asks else []

    async def look(self, reached: Callable[[OrderView], bool] = lambda _: True) -> OrderView:
        """Return how the order stands as soon as it looks as wanted; what it needs of a person it must say."""

        def wanted(view: OrderView) -> bool:
            check_reasons(view)
            return reached(view)

        get_order = partial(self._shop.orders.get_order, self.request.order_id)
        return await eventually(get_order, wanted, ignoring=(NoAnswerError,), interval=PATIENCE)

    async def _happen(self, event: Event) -> None:
        match event:
            case Wait():
                await self._wait(event)
            case events.Supply(sku, quantity):
                self._supply(sku, quantity)
            case Outage():
                self._break(event)
            case events.Repair():
                self._repair()
            case Pay() | PayUnknown() | PaymentConfirmation():
                await self._pay(event)
            case _:
                await self._send(event)

    async def _pay(self, event: Pay | PayUnknown | PaymentConfirmation) -> None:
        match event:
            case Pay(intake=True):
                await self._take_in(event.confirmation(self.request))
            case Pay():
                await self._confirm(event.confirmation(self.request))
            case PayUnknown(number):
                unknown = self.request.model_copy(update={"order_id": f"{self.request.order_id}-unknown"})
                payment = Pay(number).confirmation(unknown)
                self._inputs.unknown[payment.payment_id] = None
                await self._intake.start(_request(unknown.order_id, payment))
            case PaymentConfirmation():
                await self._confirm(event)

    async def _send(self, event: Event) -> None:
        match event:
            case events.CancelWorkflow():
                await self._taken(self._handle.cancel())
            case events.Terminate():
                await self.look()  # an order that was terminated before its first task answers nobody
                if await self._taken(self._handle.terminate("an accident")):
                    self._inputs.terminated = True
            case Signal():
                await self._taken(self._handle.signal(event.name, event.payload(self.request)))
            case Update():
                await self._update(event.name, event.payload(self.request))
            case events.Resolve(decision):
                for step in (await self._for_a_while(self._is_stuck)).stuck:
                    store, order_id = self._shop.world.store, self.request.order_id
                    resolve = await decision_about(store, order_id, step, decision)
                    if resolve is not None:
                        await self._update("resolve_step", resolve)

    async def _wait(self, event: Wait) -> None:
        match event:
            case Wait.NOT:
                await self.look()
            case Wait.WINDOW_OVER if self.scenario.window_seconds < LONG_WINDOW and "reserve" not in self._down:
                await self._for_a_while(lambda view: view.status not in UNPAID)
            case Wait.STOCKED:
                await self._for_a_while(lambda view: bool(view.reservations) and not view.back_ordered)
            case Wait.SENT:
                await self._for_a_while(lambda view: view.status not in IN_THE_HOUSE)

    def _break(self, outage: Outage) -> None:
        for port in set(outage.ports) - set(self._down):
            self._down[port] = outage.done
            if outage.done:
                self._faults.lose_answers(port, ALL)
            else:
                self._faults.down(port)

    def _repair(self) -> None:
        for port, done in self._down.items():
            if done:
                self._faults.lose_answers(port, -ALL)
            else:
                self._faults.up(port)
        self._down = {}

    async def _confirm(self, payment: PaymentConfirmation) -> None:
        if await self._taken(self._handle.signal("confirm_payment", payment)):
            self._inputs.confirmed.append(payment)

    async def _take_in(self, payment: PaymentConfirmation) -> None:
        self._inputs.outcomes[payment.payment_id] = None
        with suppress(RefusedError, NoAnswerError):  # it is known, perhaps with other money
            await self._intake.start(_request(self.request.order_id, payment))
            self._inputs.confirmed.append(payment)

    async def _outcome(self, payment: str) -> PaymentOutcome | None:
        """Wait until the intake is done with a payment, and return how: not at all where it is another one."""
        try:
            return (await self._intake.wait(payment, timedelta(seconds=A_LONG_TIME))).outcome
        except RefusedError as refusal:
            if refusal.kind != PAYMENT_CONFLICT:
                raise
            return None

    async def _update(self, name: str, payload: dict[str, Any]) -> None:
        """Ask for something that the order may refuse."""
        self._inputs.note_decision(name, payload)
        with suppress(WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError):
            await self._taken(self._handle.execute_update(name, payload, rpc_timeout=ANSWER_WITHIN))

    async def _taken(self, call: Awaitable[object]) -> bool:
        """Return whether the order took it; it takes nothing once it has ended."""
        try:
            await call
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def _for_a_while(self, reached: Callable[[OrderView], bool]) -> OrderView:
        """Return the order when it looks as wanted, or as it is after a while."""
        until = time.monotonic() + A_WHILE
        return await self.look(lambda view: reached(view) or time.monotonic() > until)

    def _is_stuck(self, view: OrderView) -> bool:
        """Say whether a step is stuck, or none will be."""
        return bool(view.stuck) or view.status in ENDED or not self._down


def _request(order_id: str, payment: PaymentConfirmation) -> PaymentRequest:
    return PaymentRequest(order_id=order_id, **payment.model_dump(exclude={"signal_id"}))
