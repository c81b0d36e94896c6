"""Tells the story of one order: starts it, and lets everything happen to it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from temporalio.client import (
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from tests.orders.properties import events as happening
from tests.orders.properties.by_hand import do_by_hand
from tests.orders.properties.ended import Ended
from tests.orders.properties.events import Act, Event
from tests.orders.properties.needs import check_needs
from tests.orders.properties.payloads import (
    order_of,
    payment_of,
    payment_of_nobody,
    resolution_of,
    signal_of,
    update_of,
)
from tests.orders.properties.stories import LONG_WINDOW, Story
from tests.orders.properties.weather import Wish
from tests.orders.properties.world import World
from workflows.orders.models import DecidePayment, OrderStatus, PaymentConfirmation, StepDecision
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentRequest
from workflows.orders.state import ENDED
from workflows.orders.views.models import OrderView, StuckStep
from workflows.orders.views.refusals import PAYMENT_CONFLICT
from workflows.orders.workflow import OrderWorkflow
from workflows.shared.errors import NoAnswerError, RefusedError

A_LONG_TIME = 120
"""Seconds after which an order that has not ended is taken to hang."""

LATE_PAYMENT = 9
"""Number of the payment that comes after the end; no story has it."""

A_WHILE = 4
"""Seconds in which a step that fails comes to be stuck, or a parcel leaves the house."""

PATIENCE = 0.15
"""Seconds between two looks at an order."""

ANSWER_WITHIN = timedelta(seconds=2)
NO_ANSWER = (
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)
"""What the server says for some seconds after a worker was killed."""

IN_THE_HOUSE = (OrderStatus.CREATED, OrderStatus.PAID, OrderStatus.FULFILLING)
RESERVING = ("open_order", "reserve_stock", "reserve_available")


class Teller:
    """Tells one story."""

    def __init__(self, world: World, story_id: str, story: Story) -> None:
        self._world = world
        self._id = story_id
        self.story = story
        self.request = order_of(story_id, story)
        self.handle = world.handle(self.request)
        self.over = False
        self._confirmed: list[PaymentConfirmation] = []
        self._accepted: set[str] = set()
        self._handed_in: set[str] = set()
        self._to_nobody: set[str] = set()
        self._skipped: set[str] = set()
        self.terminated = False

    async def tell(self) -> None:
        """Start the order, and let everything happen."""
        await self.start()
        for batch in self.story.batches:
            await asyncio.gather(*(self.happens(event) for event in batch))

    async def start(self) -> None:
        """Start the order."""
        self._world.wishes.set_policy(self._id, self.story.policy)
        await self._world.orders.start(self.request)

    def repair(self) -> None:
        """Let all steps work again."""
        self._world.wishes.give_up(self._id, Wish.FAIL, Wish.LOSE)

    async def ended(self) -> Ended:
        """Return the order at its end, once all payments that were handed in have an owner."""
        if self.story.hands_in_late:
            await self._hand_in(happening.HandIn(LATE_PAYMENT))
        if self.terminated:  # nobody but the intake of payments can give back what such an order had
            for payment in list(self._confirmed):
                await self._hand_in_payment(payment)
        outcomes = {payment: await self._outcome(payment) for payment in sorted(self._handed_in)}
        nobodys = {payment: await self._outcome(payment) for payment in sorted(self._to_nobody)}
        view = await self.look()
        self.over = True
        return Ended(
            view=view,
            confirmed=tuple(self._confirmed),
            accepted_by_hand=frozenset(self._accepted),
            skipped=frozenset(self._skipped),
            outcomes=outcomes,
            to_nobody=nobodys,
            terminated=self.terminated,
        )

    async def look(self) -> OrderView:
        """Ask the order how it stands, until it answers; what it needs of a person it must say."""
        while True:
            try:
                view = await self.handle.query(OrderWorkflow.get_order, rpc_timeout=ANSWER_WITHIN)
            except RPCError as error:
                if error.status not in NO_ANSWER:
                    raise
                task = asyncio.current_task()
                if task is not None and task.cancelling():  # the SDK may turn a cancellation into an RPC error
                    raise asyncio.CancelledError from error
            else:
                check_needs(view)
                return view

    async def until(self, reached: Callable[[OrderView], bool]) -> OrderView:
        """Wait until the order looks as wanted, and return it."""
        async with asyncio.timeout(A_LONG_TIME):
            while True:
                view = await self.look()
                if reached(view):
                    return view
                await asyncio.sleep(PATIENCE)

    async def until_event(self, kind: int) -> None:
        """Wait until the order's history has an event of that type."""
        async with asyncio.timeout(A_LONG_TIME):
            async for event in self.handle.fetch_history_events(wait_new_event=True):
                if event.event_type == kind:
                    return

    async def happens(self, event: Event) -> None:
        """Let it happen."""
        match event:
            case happening.Look() | happening.WindowEnds() | happening.Stocked() | happening.ForwardedPayment():
                await self._wait(event)
            case happening.Supply(sku, quantity):
                await self._world.supply(sku, quantity)
            case happening.KillWorker():
                self._world.crew.kill_one()
            case happening.KillDuring(activity, done):
                self._world.wishes.make(Wish.KILL_AFTER if done else Wish.KILL_BEFORE, self._id, activity)
            case happening.Outage(activities, done):
                for activity in activities:
                    self._world.wishes.make(Wish.LOSE if done else Wish.FAIL, self._id, activity)
            case happening.Repair():
                self.repair()
            case _:
                await self._act(event)

    async def _wait(self, event: happening.Wait) -> None:
        match event:
            case happening.Look():
                await self.look()
            case happening.WindowEnds():
                await self._until_the_window_ends()
            case happening.Stocked():
                await self._for_a_while(lambda view: bool(view.reservations) and not view.back_ordered)
            case happening.ForwardedPayment():
                await self._for_a_while(lambda view: view.status not in IN_THE_HOUSE)

    async def confirm(self, payment: PaymentConfirmation) -> None:
        """Let the gateway tell the order of a payment."""
        if await self._take(self.handle.signal("confirm_payment", payment)):
            self._confirmed.append(payment)

    async def decide(self, decision: DecidePayment) -> None:
        """Decide about a parked payment."""
        if decision.decision == "accept":
            self._accepted.add(decision.payment_id)
        await self._update("decide_payment", decision)

    async def _act(self, event: Act) -> None:
        match event:
            case happening.Pay() | happening.PayShared(front_door=False):
                await self.confirm(payment_of(self.request, event, self._id))
            case happening.HandIn() | happening.PayShared():
                await self._hand_in(event)
            case happening.PayNobody():
                await self._hand_to_nobody(event)
            case happening.CancelWorkflow():
                await self._take(self.handle.cancel())
            case happening.Terminate():
                await self.look()  # an order that was terminated before its first task answers nobody
                if await self._take(self.handle.terminate("an accident")):
                    self.terminated = True
            case happening.Resolve(decision):
                for step in (await self._for_a_while(self._is_stuck)).stuck:
                    await self._resolve(step, decision)
            case _:
                await self._say(event)

    async def _hand_in(self, event: happening.HandIn | happening.PayShared) -> None:
        await self._hand_in_payment(payment_of(self.request, event, self._id))

    async def _hand_in_payment(self, payment: PaymentConfirmation) -> None:
        with suppress(RefusedError, NoAnswerError):  # it is known with other money; or a worker was killed
            handed = PaymentRequest(order_id=self.request.order_id, **payment.model_dump(exclude={"signal_id"}))
            self._handed_in.add(payment.payment_id)
            await self._world.door.start(handed)
            self._confirmed.append(payment)

    async def _hand_to_nobody(self, event: happening.PayNobody) -> None:
        payment = payment_of_nobody(self.request, event)
        self._to_nobody.add(payment.payment_id)
        with suppress(NoAnswerError):
            await self._world.door.start(payment)

    async def _for_a_while(self, reached: Callable[[OrderView], bool]) -> OrderView:
        """Return the order when it looks as wanted, or as it is after a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(A_WHILE):
                return await self.until(reached)
        return await self.look()

    def _is_stuck(self, view: OrderView) -> bool:
        """Say whether a step is stuck, or none will be."""
        down = self._world.wishes.any_stands(self._id, Wish.FAIL, Wish.LOSE)
        return bool(view.stuck) or view.status in ENDED or not down

    async def _resolve(self, step: StuckStep, decision: StepDecision) -> None:
        if decision == StepDecision.RESOLVE and not await do_by_hand(self._world.store, self.request.order_id, step):
            return
        if decision == StepDecision.SKIP:
            self._skipped.add(step.step)
        await self._update("resolve_step", resolution_of(step, decision))

    async def _outcome(self, payment: str) -> PaymentOutcome | None:
        """Wait until the front door is done with a payment, and return how: not at all where it is another one."""
        try:
            return (await self._world.door.wait(payment, timedelta(seconds=A_LONG_TIME))).outcome
        except RefusedError as refusal:
            if refusal.kind != PAYMENT_CONFLICT:
                raise
            return None

    async def _say(self, event: Act) -> None:
        signal, update = signal_of(self.request, event), update_of(self.request, event, self._id)
        if signal is not None:
            await self._take(self.handle.signal(*signal))
        if update is not None and isinstance(update[1], DecidePayment):
            await self.decide(update[1])
        elif update is not None:
            await self._update(*update)

    async def _update(self, name: str, payload: object) -> None:
        """Ask for something that the order may refuse."""
        try:
            await self.handle.execute_update(name, payload, rpc_timeout=ANSWER_WITHIN)
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError):
            return  # refused, or taken and not answered by a worker that was killed
        except RPCError as error:
            if error.status not in (RPCStatusCode.NOT_FOUND, *NO_ANSWER):
                raise

    async def _take(self, call: Awaitable[None]) -> bool:
        """Return whether the order took it; it takes nothing once it has ended."""
        try:
            await call
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def _until_the_window_ends(self) -> None:
        waiting = (OrderStatus.CREATED, OrderStatus.AWAITING_PAYMENT)
        down = (
            self._world.wishes.stands(wish, self._id, name) for wish in (Wish.FAIL, Wish.LOSE) for name in RESERVING
        )
        if self.story.window_seconds < LONG_WINDOW and not any(down):
            await self.until(lambda view: view.status not in waiting)
