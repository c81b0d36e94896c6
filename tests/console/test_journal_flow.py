"""The journal of a console on a real server: what is done is in it, leads back to its item, and is taken back."""

import csv
import json
from pathlib import Path

from console.journal.book import Journal, Question
from console.journal.entry import Outcome
from tests.support.console_app import running_console
from tests.support.orders import Shop
from workflows.orders.client import workflow_id


def written(journal: Journal) -> list[tuple[str, str, Outcome]]:
    """Return what the journal says, oldest first."""
    return [(entry.target, entry.action, entry.outcome) for entry in reversed(journal.read(Question()))]


async def test_what_is_done_is_in_the_journal_which_leads_back_to_it(shop: Shop, tmp_path: Path) -> None:
    first, second = await shop.start(), await shop.start()
    async with running_console(shop.client, data_dir=tmp_path) as console:
        journal = console.app.gateway.journal
        await console.open("c", workflow_id(first.order_id), "What you can do")
        await console.send("a duplicate")
        await console.told("accepted")
        assert written(journal) == [(first.order_id, "cancel_order", Outcome.APPLIED)]
        await console.told(" · applied, event ")
        (entry,) = journal.read(Question("duplicate"))
        assert (entry.by, entry.answered_at is not None) == ("chen", True)
        events = {event.event_id: event async for event in shop.handle(first).fetch_history_events()}
        signal = events[entry.event_id or 0].workflow_execution_signaled_event_attributes
        assert signal.signal_name == "cancel_order"
        await console.focus(workflow_id(second.order_id), "What you can do")
        await console.press("J")
        await console.shows("no action takes it back")
        await console.press("x")
        await console.shows("1 action in")
        await console.press("c")
        await console.until(lambda: len(_exports(tmp_path)) == 2)
        await console.press("u")
        await console.shows("undo: no action takes it back")
        await console.press("enter")
        await console.until(lambda: console.row.business_id == first.order_id)
        assert console.dialogs == 0
    exported = [path.read_text(encoding="utf-8") for path in _exports(tmp_path)]
    assert [json.loads(line)["reason"] for line in exported[1].splitlines()] == ["a duplicate"]
    assert [row["target"] for row in csv.DictReader(exported[0].splitlines())] == [first.order_id]


def _exports(folder: Path) -> list[Path]:
    """Return the exported files, the table first."""
    return sorted(folder.glob("exports/*"), key=lambda path: path.suffix)


async def test_one_action_on_many_is_an_entry_for_each(shop: Shop) -> None:
    orders = [await shop.start() for _ in range(2)]
    async with running_console(shop.client) as console:
        for request in orders:
            await console.focus(workflow_id(request.order_id), "What you can do")
            await console.press("space")
        await console.until(lambda: len(console.table.marked_rows) == 2)
        await console.open("c")
        await console.shows("cancel order: 2 orders")
        await console.send("sold out")
        await console.told("2 orders done")
        done = sorted(written(console.app.gateway.journal))
    assert done == sorted((request.order_id, "cancel_order", Outcome.APPLIED) for request in orders)


async def test_the_palette_writes_the_hand_over_report(shop: Shop, tmp_path: Path) -> None:
    order = await shop.start()
    async with running_console(shop.client, data_dir=tmp_path) as console:
        await console.open("c", workflow_id(order.order_id), "What you can do")
        await console.send("wrong | size")
        await console.told("applied, event")
        await console.press("ctrl+p", *"hand-over")
        await console.shows("what waits now")
        await console.press("enter", "enter")
        await console.told("hand-over report of the last 8h: ")
    (path,) = _exports(tmp_path)
    assert rf"| {order.order_id} | wrong \| size | applied |" in path.read_text(encoding="utf-8")
