"""Tells the story of one order: starts it, lets everything happen to it, and brings it to an end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from tests.orders.properties import events as happening
from tests.orders.properties.ended import Ended
from tests.orders.properties.events import LONG_WINDOW, Act, Ending, Event, Story
from tests.orders.properties.payloads import (
    order_of,
    payment_id,
    payment_of,
    resolution_of,
    signal_of,
    update_of,
)
from tests.orders.properties.weather import Wish
from tests.orders.properties.world import World
from workflows.orders.models import OrderStatus, OrderView, PaymentConfirmation, ShipmentStatus
from workflows.orders.payment_models import PaymentOutcome, PaymentRequest
from workflows.orders.refusals import PAYMENT_CONFLICT
from workflows.orders.workflow import OrderWorkflow
from workflows.shared.errors import NoAnswerError, RefusedError

A_LONG_TIME = 120
"""Seconds after which an order that has not ended is taken to hang."""

LAST_PAYMENT, LATE_PAYMENT = 9, 8
"""Numbers of the payments that the ending makes, and that comes after it; no story has them."""

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

ARRIVES = {Ending.LOSE: ShipmentStatus.LOST, Ending.RETURN: ShipmentStatus.RETURNED}


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

    async def tell(self) -> Ended:
        """Tell all of it, and return the order at its end."""
        await self.start()
        for batch in self.story.batches:
            await asyncio.gather(*(self.happens(event) for event in batch))
        return await self.finish()

    async def start(self) -> None:
        """Start the order."""
        self._world.wishes.set_policy(self._id, self.story.policy)
        await self._world.orders.start(self.request)

    async def finish(self) -> Ended:
        """Repair everything, bring the order to an end, and return it."""
        self._repair()
        await self._bring_to_an_end()
        if self.story.hands_in_late:
            await self._hand_in(happening.HandIn(LATE_PAYMENT))
        outcomes = {payment: await self._outcome(payment) for payment in sorted(self._handed_in)}
        view = await self.look()
        self.over = True
        return Ended(view, tuple(self._confirmed), frozenset(self._accepted), outcomes)

    async def look(self) -> OrderView:
        """Ask the order how it stands, until it answers."""
        while True:
            try:
                return await self.handle.query(OrderWorkflow.get_order, rpc_timeout=ANSWER_WITHIN)
            except RPCError as error:
                if error.status not in NO_ANSWER:
                    raise

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
            case happening.Look():
                await self.look()
            case happening.WindowEnds():
                await self._until_the_window_ends()
            case happening.KillWorker():
                self._world.crew.kill_one()
            case happening.KillDuring(activity, done):
                self._world.wishes.make(Wish.KILL_AFTER if done else Wish.KILL_BEFORE, self._id, activity)
            case happening.Outage(activities):
                for activity in activities:
                    self._world.wishes.make(Wish.FAIL, self._id, activity)
            case happening.Repair():
                self._repair()
            case _:
                await self._act(event)

    async def _act(self, event: Act) -> None:
        match event:
            case happening.Pay():
                payment = payment_of(self.request, event, self._id)
                if await self._take(self.handle.signal("confirm_payment", payment)):
                    self._confirmed.append(payment)
            case happening.HandIn():
                await self._hand_in(event)
            case happening.CancelWorkflow():
                await self._take(self.handle.cancel())
            case happening.Resolve(by_hand):
                for step in (await self.look()).stuck:
                    await self._update("resolve_step", resolution_of(step, by_hand=by_hand))
            case _:
                await self._say(event)

    async def _hand_in(self, event: happening.HandIn) -> None:
        payment = payment_of(self.request, event, self._id)
        with suppress(RefusedError, NoAnswerError):  # it is known with other money; or a worker was killed
            handed = PaymentRequest(order_id=self.request.order_id, **payment.model_dump())
            self._handed_in.add(payment.payment_id)
            await self._world.door.start(handed)
            self._confirmed.append(payment)

    async def _outcome(self, payment: str) -> PaymentOutcome | None:
        """Wait until the front door is done with a payment, and return how: not at all where it is another one."""
        try:
            return (await self._world.door.wait(payment, timedelta(seconds=A_LONG_TIME))).outcome
        except RefusedError as refusal:
            if refusal.kind != PAYMENT_CONFLICT:
                raise
            return None

    async def _say(self, event: Act) -> None:
        if isinstance(event, happening.Decide) and event.accept:
            self._accepted.add(payment_id(self._id, event.number))
        signal, update = signal_of(event), update_of(self.request, event, self._id)
        if signal is not None:
            await self._take(self.handle.signal(*signal))
        if update is not None:
            await self._update(*update)

    def _repair(self) -> None:
        self._world.wishes.give_up(self._id, Wish.FAIL)

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
        if self.story.window_seconds < LONG_WINDOW and not self._world.wishes.stands(
            Wish.FAIL, self._id, "reserve_stock"
        ):
            await self.until(lambda view: view.status not in waiting)

    async def _bring_to_an_end(self) -> None:
        """Do what the ending says wherever the order waits for somebody."""
        closed = asyncio.create_task(self.handle.result())
        while not closed.done():
            await self._nudge(await self.look())
            await asyncio.wait({closed}, timeout=PATIENCE)
        await closed

    async def _nudge(self, view: OrderView) -> None:
        for parked in view.parked:
            await self.happens(happening.Decide(int(parked.payment_id[-1]), accept=self.story.accepts_parked))
        match view.status:
            case OrderStatus.SHIPPED:
                await self.happens(happening.Report(ARRIVES.get(self.story.ending, ShipmentStatus.DELIVERED)))
            case _ if self.story.ending == Ending.CANCEL or view.status == OrderStatus.NEEDS_ACTION:
                await self.happens(happening.Cancel())
                if any(refusal.signal == "cancel_order" for refusal in view.refusals):  # it is packed already
                    await self.happens(happening.Report(ShipmentStatus.SHIPPED))
            case OrderStatus.AWAITING_PAYMENT:
                await self.happens(happening.Pay(LAST_PAYMENT))
            case OrderStatus.FULFILLING:
                await self.happens(happening.Report(ShipmentStatus.SHIPPED))
