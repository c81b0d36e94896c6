"""Plays the stories of one example to their ends, all at the same time, and checks everything that must hold."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from tests.orders.properties import events as happening
from tests.orders.properties.ended import Ended, check_ended
from tests.orders.properties.events import STOCK, Ending, Event, Money, Story
from tests.orders.properties.invariants import check_books, check_trail
from tests.orders.properties.ledger import read_books, read_trail
from tests.orders.properties.weather import Wish
from tests.orders.properties.world import World, open_world
from tests.support.orders import order
from tests.support.temporal import fresh
from workflows.orders.models import (
    CancelOrder,
    DecidePayment,
    ExtendPaymentWindow,
    OrderRequest,
    OrderStatus,
    OrderView,
    PaymentConfirmation,
    ShipmentReport,
    ShipmentStatus,
)
from workflows.orders.workflow import OrderWorkflow

A_LONG_TIME = 120
"""Seconds after which an order that has not ended is taken to hang."""

SHORT_WINDOW, LONG_WINDOW = 1, 3_600
LAST_PAYMENT = 9
"""Number of the payment that the ending makes; no story has it."""

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


async def play(client: Client, stories: Sequence[Story], seed: int) -> None:
    """Tell all stories in a world of their own, and check what must hold meanwhile and at the end."""
    async with open_world(client, seed) as world:
        prefix = fresh("S").replace("-", "")
        tellers = [Teller(world, f"{prefix}n{number}", story) for number, story in enumerate(stories)]
        try:
            ended = await _while_watching(world, asyncio.gather(*(teller.tell() for teller in tellers)))
        except TimeoutError as error:
            hanging = [await teller.hangs() for teller in tellers if not teller.over]
            raise AssertionError("\n".join(["these orders do not end:", *hanging])) from error
        await check_all(world, ended, stories)


async def check_all(world: World, ended: Sequence[Ended], stories: Sequence[Story]) -> None:
    """Check what holds when all orders have ended, and replay everything."""
    books, trail = await read_books(world.store), await read_trail(world.store)
    check_books(books, STOCK)
    check_trail(trail)
    for each, story in zip(ended, stories, strict=True):
        try:
            check_ended(each, books, trail, ended)
        except AssertionError as error:
            raise AssertionError(_report(str(error), story, each.view)) from error
    await world.replay()


async def _while_watching(world: World, playing: Awaitable[list[Ended]]) -> list[Ended]:
    watch = asyncio.create_task(world.watch())
    play = asyncio.ensure_future(playing)
    try:
        async with asyncio.timeout(A_LONG_TIME):
            await asyncio.wait({watch, play}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                await watch
            return await play
    finally:
        watch.cancel()
        play.cancel()
        await asyncio.gather(watch, play, return_exceptions=True)


def _report(problem: str, story: Story, view: OrderView) -> str:
    timeline = "\n".join(f"  {entry.at:%H:%M:%S.%f} {entry.text}" for entry in view.timeline)
    return f"{problem}\nstory: {story}\norder {view.request.order_id}, {view.status}:\n{timeline}"


class Teller:
    """Tells the story of one order."""

    def __init__(self, world: World, story_id: str, story: Story) -> None:
        self._world = world
        self._id = story_id
        self._story = story
        self._request = self._order()
        self.handle = world.handle(self._request)
        self._confirmed: list[PaymentConfirmation] = []
        self._accepted: set[str] = set()
        self.over = False

    async def hangs(self) -> str:
        """Return how the order stands, for people."""
        return _report("it does not end", self._story, await self._look())

    async def tell(self) -> Ended:
        """Start the order, let everything happen to it, bring it to an end, and return it."""
        await self.start()
        for batch in self._story.batches:
            await asyncio.gather(*(self.happens(event) for event in batch))
        return await self.finish()

    async def start(self) -> None:
        """Start the order."""
        self._world.wishes.set_policy(self._id, self._story.policy)
        await self._world.orders.start(self._request)

    async def until(self, reached: Callable[[OrderView], bool]) -> OrderView:
        """Wait until the order looks as wanted, and return it."""
        async with asyncio.timeout(A_LONG_TIME):
            while True:
                view = await self._look()
                if reached(view):
                    return view
                await asyncio.sleep(PATIENCE)

    async def until_event(self, kind: int) -> None:
        """Wait until the order's history has an event of that type."""
        async with asyncio.timeout(A_LONG_TIME):
            async for event in self.handle.fetch_history_events(wait_new_event=True):
                if event.event_type == kind:
                    return

    async def finish(self) -> Ended:
        """Repair everything, bring the order to an end, and return it."""
        self._repair()
        await self._bring_to_an_end()
        view = await self._look()
        self.over = True
        return Ended(view, tuple(self._confirmed), frozenset(self._accepted))

    def _order(self) -> OrderRequest:
        story = self._story
        return order(
            order_id=f"ORD-{self._id}",
            lines=[
                {"sku": sku, "name": sku, "quantity": quantity, "unit_price": price}
                for sku, quantity, price in story.lines
            ],
            payment_window_seconds=SHORT_WINDOW if story.short_window else LONG_WINDOW,
            fulfilment_seconds_per_step=happening.A_LONG_STEP if story.long_steps else 0,
        )

    async def happens(self, event: Event) -> None:
        """Let it happen."""
        match event:
            case happening.Pay():
                await self._pay(event)
            case happening.Decide():
                await self._decide(event)
            case happening.Extend(seconds):
                extension = ExtendPaymentWindow(seconds=seconds, by="ana", reason="the bank is slow")
                await self._update("extend_payment_window", extension)
            case happening.Cancel():
                await self._signal("cancel_order", CancelOrder(reason="changed my mind", requested_by="ada"))
            case happening.CancelWorkflow():
                await self._take(self.handle.cancel())
            case happening.Report(status):
                await self._signal("report_shipment", ShipmentReport(status=status))
            case happening.Nonsense(signal):
                await self._signal(signal, {"amount": "a lot", "status": 7})
            case _:
                await self._circumstance(event)

    async def _circumstance(self, event: Event) -> None:
        match event:
            case happening.Look():
                await self._look()
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

    def _repair(self) -> None:
        self._world.wishes.give_up(self._id, Wish.FAIL)

    async def _pay(self, event: happening.Pay) -> None:
        amount, currency = self._request.total, self._request.currency
        amounts = {Money.TOO_LITTLE: max(amount - 1, 1), Money.TOO_MUCH: amount + 1}
        payment = PaymentConfirmation(
            payment_id=self._payment_id(event.number),
            amount=amounts.get(event.money, amount),
            currency="EUR" if event.money == Money.OTHER_CURRENCY else currency,
        )
        if await self._signal("confirm_payment", payment):
            self._confirmed.append(payment)

    async def _decide(self, event: happening.Decide) -> None:
        payment_id = self._payment_id(event.number)
        decision = DecidePayment(
            payment_id=payment_id, decision="accept" if event.accept else "refund", by="ana", reason="so it is"
        )
        if event.accept:
            self._accepted.add(payment_id)
        await self._update("decide_payment", decision)

    def _payment_id(self, number: int) -> str:
        return f"pay-{self._id}-{number}"

    async def _update(self, name: str, payload: object) -> None:
        """Ask for something that the order may refuse."""
        try:
            await self.handle.execute_update(name, payload, rpc_timeout=ANSWER_WITHIN)
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError):
            return  # refused, or taken and not answered by a worker that was killed
        except RPCError as error:
            if error.status not in (RPCStatusCode.NOT_FOUND, *NO_ANSWER):
                raise

    async def _signal(self, name: str, payload: object) -> bool:
        return await self._take(self.handle.signal(name, payload))

    async def _take(self, call: Awaitable[None]) -> bool:
        """Return whether the order took it; it takes nothing once it has ended."""
        try:
            await call
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def _look(self) -> OrderView:
        while True:
            try:
                return await self.handle.query(OrderWorkflow.get_order, rpc_timeout=ANSWER_WITHIN)
            except RPCError as error:
                if error.status not in NO_ANSWER:
                    raise

    async def _until_the_window_ends(self) -> None:
        while self._story.short_window and (await self._look()).status in (
            OrderStatus.CREATED,
            OrderStatus.AWAITING_PAYMENT,
        ):
            if self._world.wishes.stands(Wish.FAIL, self._id, "reserve_stock"):
                return
            await asyncio.sleep(PATIENCE)

    async def _bring_to_an_end(self) -> None:
        """Do what the ending says wherever the order waits for somebody."""
        closed = asyncio.create_task(self.handle.result())
        while not closed.done():
            await self._nudge(await self._look())
            await asyncio.wait({closed}, timeout=PATIENCE)
        await closed

    async def _nudge(self, view: OrderView) -> None:
        ending = self._story.ending
        for parked in view.parked:
            await self.happens(happening.Decide(int(parked.payment_id[-1]), accept=self._story.accepts_parked))
        match view.status:
            case _ if ending == Ending.CANCEL:
                await self.happens(happening.Cancel())
                await self._arrive(view)
            case OrderStatus.AWAITING_PAYMENT:
                await self.happens(happening.Pay(LAST_PAYMENT))
            case OrderStatus.FULFILLING:
                await self.happens(happening.Report(ShipmentStatus.SHIPPED))
            case OrderStatus.NEEDS_ACTION:
                await self.happens(happening.Cancel())
            case _:
                await self._arrive(view)

    async def _arrive(self, view: OrderView) -> None:
        arrives = {Ending.LOSE: ShipmentStatus.LOST, Ending.RETURN: ShipmentStatus.RETURNED}
        if view.status == OrderStatus.SHIPPED:
            await self.happens(happening.Report(arrives.get(self._story.ending, ShipmentStatus.DELIVERED)))
