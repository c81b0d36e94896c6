"""One order without a server, to which a test says what happens next."""

from contextlib import suppress

from tests.orders.properties.books import Books, check_books, check_trail, keep_trail, read_books, read_trail
from tests.orders.properties.checks import Ended, Inputs, check_ended, check_owners, check_prices, check_reasons
from tests.orders.properties.events import Act, CancelWorkflow, Pay, Resolve, Signal, Update
from tests.orders.properties.manual_steps import decision_about
from tests.orders.properties.scenarios import PLENTY, STOCK, Scenario
from tests.support.order_ports import World
from tests.support.simulation import Call, Simulation, run_now
from workflows.orders.activities import OrderActivities
from workflows.orders.models import ENDED, OrderStatus, PaymentConfirmation, StepDecision
from workflows.orders.policy import OrderPolicy
from workflows.orders.views.models import OrderView
from workflows.orders.workflow import OrderWorkflow

ORDER_ID = "ORD-S0n0"
MAX_STEPS_TO_THE_END = 100


class SimulatedOrder:
    """An order and its world. What is told waits until a workflow task takes it, alone or with more."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.world = World(STOCK, scenario.policy)
        self.request = scenario.request(ORDER_ID)
        run_now(keep_trail(self.world.store))
        self.run = Simulation(
            OrderWorkflow,
            self.request,
            workflow_id=f"order-{self.request.order_id}",
            activities=OrderActivities(self.world.ports, registered=True).all(),
        )
        self._stocked = dict(STOCK)
        self._inputs = Inputs()
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

    def finish(self) -> OrderView:
        """Bring the order to its end, with everything working, check what holds on the way and there, and return it."""
        for _ in range(MAX_STEPS_TO_THE_END):
            if self.run.closed:
                break
            self._go_on()
            self.check()
        assert self.run.closed, f"it does not end: {self.view.status}, {self.view.stuck}, {self.run.calls}"
        while self.run.abandoned:
            self.run.happen_late(self.run.abandoned[0])
        ended = Ended(self.view, self._inputs)
        books, trail = self.books(), run_now(read_trail(self.world.store))
        check_books(books, self._stocked)
        check_trail(trail)
        check_ended(ended, books, trail, [ended])
        return self.view

    def check(self) -> None:
        """Check what holds at every moment."""
        version = self.run.tasks, self.world.store.changes
        if version == self._checked:
            return
        self._checked = version
        books, view = self.books(), self.view
        check_books(books, self._stocked)
        check_reasons(view)
        check_owners(view, books)
        check_prices(view)
        handed_over = [row["parcel_id"] for row in books.parcels if row["carrier"] is not None]
        if self._end is None and view.status in ENDED:
            self._end = view.status, handed_over
        if self._end is not None:
            assert (view.status, handed_over) == self._end, "it ends once, and nothing leaves the house after that"

    def _tell(self, event: Act | PaymentConfirmation) -> None:
        match event:
            case PaymentConfirmation():
                self._confirm(event, intake=False)
            case Pay():
                self._confirm(event.confirmation(self.request), intake=event.intake)
            case CancelWorkflow():
                self.run.cancel()
            case Resolve(decision):
                self._resolve(decision)
            case Signal():
                self.run.signal(event.name, event.payload(self.request))
            case Update():
                payload = event.payload(self.request)
                self._inputs.note_decision(event.name, payload)
                self.run.update(event.name, payload)

    def _confirm(self, payment: PaymentConfirmation, *, intake: bool) -> None:
        if self.run.closed:
            return
        self._inputs.confirmed.append(payment)
        if intake:
            self.run.update("take_payment", payment.model_dump(exclude={"signal_id"}))
        else:
            self.run.signal("confirm_payment", payment)

    def _resolve(self, decision: StepDecision) -> None:
        for step in self.view.stuck:
            resolve = run_now(decision_about(self.world.store, self.request.order_id, step, decision))
            if resolve is not None:
                self._inputs.note_decision("resolve_step", resolve)
                self.run.update("resolve_step", resolve)

    def _go_on(self) -> None:
        self.run.run_task()
        if self._perform_all():
            return
        waiting = set(self.run.calls)
        self.tell(*self.scenario.next_events(self.view))
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


PRICE = 12_345
ONE_PIECE = Scenario(lines=((PLENTY, 1, PRICE),), long_steps=True, policy=OrderPolicy(reminder_seconds=0))


def waiting_for_payment(scenario: Scenario = ONE_PIECE) -> SimulatedOrder:
    """Return an order that has its stock."""
    order = SimulatedOrder(scenario)
    order.settle()
    assert order.view.status == OrderStatus.AWAITING_PAYMENT
    return order


def paid(scenario: Scenario = ONE_PIECE) -> SimulatedOrder:
    """Return an order that is being picked."""
    order = waiting_for_payment(scenario)
    order.tell(Pay(1))
    order.settle()
    assert order.view.status == OrderStatus.FULFILLING
    return order
