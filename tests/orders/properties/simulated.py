"""One order without a server, to which a test says what happens next."""

from contextlib import suppress

from tests.orders.properties import events as happening
from tests.orders.properties.by_hand import do_by_hand
from tests.orders.properties.checks import check_ended
from tests.orders.properties.closing import next_events
from tests.orders.properties.ended import Ended
from tests.orders.properties.events import Act
from tests.orders.properties.invariants import check_books, check_trail
from tests.orders.properties.ledger import Books, keep_trail, read_books, read_trail
from tests.orders.properties.needs import check_needs
from tests.orders.properties.owners import check_owners
from tests.orders.properties.payloads import decision_about, order_of, payment_of, resolution_of, signal_of, update_of
from tests.orders.properties.stories import STOCK, Story
from tests.support.order_ports import World
from tests.support.simulation import Call, Simulation, run_now
from workflows.orders.activities import OrderActivities
from workflows.orders.models import DecidePayment, OrderStatus, PaymentConfirmation, StepDecision
from workflows.orders.state import ENDED
from workflows.orders.views.models import OrderView
from workflows.orders.workflow import OrderWorkflow

STORY_ID = "S0n0"
MAX_STEPS_TO_THE_END = 100


class SimulatedOrder:
    """An order and its world. What is told waits until a workflow task takes it, alone or with more."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.world = World(STOCK, story.policy)
        self.request = order_of(STORY_ID, story)
        run_now(keep_trail(self.world.store))
        self.run = Simulation(
            OrderWorkflow,
            self.request,
            workflow_id=f"order-{self.request.order_id}",
            activities=OrderActivities(self.world.ports, registered=True).all(),
        )
        self._stocked = dict(STOCK)
        self._confirmed: list[PaymentConfirmation] = []
        self._accepted: set[str] = set()
        self._skipped: set[str] = set()
        self._end: tuple[OrderStatus, list[str]] | None = None
        self._view: tuple[int, OrderView] | None = None
        self._checked = (-1, -1)

    @property
    def view(self) -> OrderView:
        """The order as it is, without what waits to be taken."""
        if self._view is None or self._view[0] != self.run.tasks:
            self._view = self.run.tasks, self.run.query("get_order")
        return self._view[1]

    def books(self) -> Books:
        """Return the rows of the store."""
        return run_now(read_books(self.world.store))

    def tell(self, *events: Act | PaymentConfirmation) -> None:
        """Let these events reach the order, in one workflow task."""
        for event in events:
            self._tell(event)

    def supply(self, sku: str, quantity: int) -> None:
        """Let new pieces come in."""
        self.world.inventory.restock_shelf(sku, quantity)
        self._stocked[sku] += quantity

    def lose(self, call: Call, *, done: bool) -> None:
        """Let the answer of an activity get lost, in all attempts where their number is limited."""
        if call.gives_up:
            self.run.fail(call)
        if done:
            with suppress(Exception):
                call.perform()

    def settle(self, *, down: tuple[str, ...] = ()) -> None:
        """Deliver what waits, and let activities happen until none can; those that are ``down`` fail."""
        self.run.run_task()
        while self._perform_all(down):
            pass

    def finish(self) -> None:
        """Bring the order to its end, with everything working, and check what holds on the way and there."""
        for _ in range(MAX_STEPS_TO_THE_END):
            if self.run.closed:
                break
            self._go_on()
            self.check()
        assert self.run.closed, f"it does not end: {self.view.status}, {self.view.stuck}, {self.run.calls}"
        while self.run.abandoned:
            self.run.happen_late(self.run.abandoned[0])
        ended = Ended(self.view, tuple(self._confirmed), frozenset(self._accepted), frozenset(self._skipped))
        books, trail = self.books(), run_now(read_trail(self.world.store))
        check_books(books, self._stocked)
        check_trail(trail)
        check_ended(ended, books, trail, [ended])

    def check(self) -> None:
        """Check what holds at every moment."""
        version = self.run.tasks, self.world.store.changes
        if version == self._checked:
            return
        self._checked = version
        books, view = self.books(), self.view
        check_books(books, self._stocked)
        check_needs(view)
        check_owners(view, books)
        handed_over = [row["parcel_id"] for row in books.parcels if row["carrier"] is not None]
        if self._end is None and view.status in ENDED:
            self._end = view.status, handed_over
        if self._end is not None:
            assert (view.status, handed_over) == self._end, "it ends once, and nothing leaves the house after that"

    def _tell(self, event: Act | PaymentConfirmation) -> None:
        match event:
            case PaymentConfirmation():
                self._confirm(event, intake=False)
            case happening.Pay() | happening.HandIn():
                payment = payment_of(self.request, event, STORY_ID)
                self._confirm(payment, intake=isinstance(event, happening.HandIn))
            case happening.CancelWorkflow():
                self.run.cancel()
            case happening.Resolve(decision):
                self._resolve(decision)
            case _:
                self._say(event)

    def _confirm(self, payment: PaymentConfirmation, *, intake: bool) -> None:
        if self.run.closed:
            return
        self._confirmed.append(payment)
        if intake:
            self.run.update("take_payment", payment.model_dump(exclude={"signal_id"}))
        else:
            self.run.signal("confirm_payment", payment)

    def _say(self, event: Act) -> None:
        signal, update = signal_of(self.request, event), update_of(self.request, event, STORY_ID)
        if signal:
            self.run.signal(*signal)
        if update:
            self._update(*update)

    def _update(self, name: str, payload: object) -> None:
        if isinstance(payload, DecidePayment) and payload.decision == "accept":
            self._accepted.add(payload.payment_id)
        self.run.update(name, payload)

    def _resolve(self, decision: StepDecision) -> None:
        for step in self.view.stuck:
            if decision == StepDecision.RESOLVE:
                if not run_now(do_by_hand(self.world.store, self.request.order_id, step)):
                    continue
            elif decision == StepDecision.SKIP:
                self._skipped.add(step.step)
            self.run.update("resolve_step", resolution_of(step, decision))

    def _go_on(self) -> None:
        self.run.run_task()
        if self._perform_all():
            return
        waiting = set(self.run.calls)
        for payment in self.view.parked:
            self._update("decide_payment", decision_about(payment.payment_id, accept=self.story.accepts_parked))
        self.tell(*next_events(self.story, self.view))
        self.run.run_task()
        if set(self.run.calls) == waiting:
            self.run.pass_time()

    def _perform_all(self, down: tuple[str, ...] = ()) -> bool:
        """Let each activity that waits happen; return whether one was answered."""
        answered = False
        for call in list(self.run.calls.values()):
            if call.seq not in self.run.calls:
                continue  # cancelled meanwhile
            if call.name in down:
                self.run.fail(call)
                answered = True
            else:
                answered |= self.run.perform(call)
        return answered
