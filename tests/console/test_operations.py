"""Temporal's own operations on a run, on a real server: each says what it does to the business, and is written down."""

from textual.widgets import Input, OptionList

from console.app import ConsoleApp
from console.dialogs.base import Dialog
from console.journal.book import Question
from console.journal.entry import Entry, Outcome
from console.operations.dialog import OperationDialog
from console.operations.screen import OperationsScreen
from tests.support.console_app import Console, running_console
from tests.support.orders import HOUR, Shop, payment
from tests.support.snapshot import screen_text
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderStatus


async def listed(console: Console) -> str:
    """Open the operations on the run in focus, wait until they are read, and return the screen."""
    await console.press("O")
    await console.until(lambda: isinstance(console.app.screen, OperationsScreen) and "Terminate" in shown(console))
    return shown(console)


def shown(console: Console) -> str:
    """Return the screen, with the lines of text joined."""
    return " ".join(screen_text(console.app).replace("│", " ").split())


async def choose(console: Console, title: str) -> str:
    """Choose an operation, wait for its dialog, and return the screen."""
    options = console.app.screen.query_one(OptionList)
    options.highlighted = next(i for i, one in enumerate(options.options) if title in str(one.prompt))
    await console.press("enter")
    await console.until(lambda: isinstance(console.app.screen, OperationDialog))
    return shown(console)


async def decide(console: Console, reason: str, typed: str = "", *, refused: str = "") -> None:
    """Fill the dialog in, and accept it."""
    fields = [*console.app.screen.query(Input)]
    for field, value in zip(fields, (reason, typed), strict=False):
        field.value = value
    await console.pilot.pause()
    await console.press("ctrl+s")
    if refused:
        await console.until(lambda: refused in console.answer)
    else:
        await console.until(lambda: not isinstance(console.app.screen, Dialog))


async def look_at_it_in_the_inbox(console: Console, id_: str) -> None:
    """Find a paused order in the inbox, with its details, and go back."""
    await console.until(lambda: "the payment window still ends at" in " ".join(console.details.split()))
    await console.press("i")
    await console.focus(id_, f"unpause --workflow-id {id_}")
    await console.until(lambda: "paused in Temporal" in console.list_text)
    await console.press("escape")
    await console.until(lambda: not console.app.inbox_open)


def journal(app: ConsoleApp) -> Entry:
    """Return the latest entry of the journal."""
    return app.gateway.journal.read(Question(limit=1))[0]


async def test_a_run_is_paused_terminated_and_goes_on_by_a_reset(shop: Shop) -> None:
    request = await shop.start(payment_window_seconds=HOUR)
    order_id, id_ = request.order_id, workflow_id(request.order_id)
    async with running_console(shop.client) as console:
        await console.focus(id_, "Confirm payment")
        words = await listed(console)
        assert "Still held 3 pieces in stock, reserved: 2 × SKU-CHAIR, 1 × SKU-LAMP" in words  # noqa: RUF001
        assert "Better Cancel order (key c): releases 3 pieces" in words
        assert "· Start again it still runs" in words
        await choose(console, "Pause")
        await decide(console, "", refused="reason: needed")
        await decide(console, "the bank is down")
        await console.until(lambda: "▲ paused" in console.list_text)
        await console.until(lambda: "paused; its timers run on" in console.receipt and ", event " in console.receipt)
        assert (journal(console.app).action, journal(console.app).reason) == ("pause_run", "the bank is down")
        await look_at_it_in_the_inbox(console, id_)

        await listed(console)
        words = await choose(console, "Unpause")
        assert "the payment window still ends at" in words
        await decide(console, "it is up again")
        await console.until(lambda: "▲ paused" not in console.list_text)
        await console.until(lambda: "Confirm payment" in console.details)

        await listed(console)
        words = await choose(console, "Terminate")
        assert "undoes nothing: its stock stays reserved" in words
        await decide(console, "a test", order_id[:-1], refused="that is not the ID")
        await shop.pay(request, payment(amount=2_000))
        await shop.until(request, lambda view: bool(view.ledger))
        await decide(console, "a test", order_id, refused="it has changed meanwhile")
        await console.until(lambda: "$20.00 of the customer's money" in shown(console))
        await decide(console, "a test", order_id)
        await console.until(lambda: "terminated: a test" in console.details)
        assert journal(console.app).outcome is Outcome.APPLIED

        await console.press("h")
        await console.until(lambda: "terminated" in console.text("#history-state"))
        words = await listed(console)
        assert "the run has ended: terminated" in words
        assert "$20.00 of the customer's money" in words
        words = await choose(console, "Reset")
        assert "stock reserved: 3 pieces; e-mail: please pay" in words
        await decide(console, "terminated by mistake", order_id)
        await console.until(lambda: "goes on from event" in shown(console))
        await console.until(lambda: "run 1 of 2" in shown(console))
        await console.press("escape")
        await console.until(lambda: "terminated" not in console.list_text and "Confirm payment" in console.details)
        assert journal(console.app).event_id is not None
    view = await shop.orders.get_order(order_id)
    assert [entry.amount for entry in view.ledger] == [2_000]
    history = await shop.handle(request).fetch_history()
    failures = [event.workflow_task_failed_event_attributes.failure.message for event in history.events]
    assert [words for words in failures if words.startswith("chen via ") and words.endswith(": terminated by mistake")]


async def test_a_terminated_order_is_started_again_and_a_cancellation_is_the_order_s_own(shop: Shop) -> None:
    request = await shop.start(payment_window_seconds=HOUR)
    id_ = workflow_id(request.order_id)
    await shop.handle(request).terminate(reason="by mistake")
    async with running_console(shop.client, "chen") as console:
        await console.focus(id_, "terminated: by mistake")
        await listed(console)
        await choose(console, "Start again")
        await decide(console, "it was a mistake")
        await console.until(lambda: "started again with the same input" in console.receipt)
        await console.until(lambda: "Confirm payment" in console.details and "terminated" not in console.details)
        assert (await shop.orders.get_order(request.order_id)).request == request
        await listed(console)
        assert "cancels the order as `Cancel order` does" in await choose(console, "Request cancellation")
        await decide(console, "the customer called", request.order_id)
        assert (await shop.ended(request)).status == OrderStatus.CANCELLED
        await console.until(lambda: "✖ cancelled" in console.list_text)
