"""The command palette: every command of every system, and everything else that the console can do."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from console.commands.entries import Entry, EntryProvider
from console.design.theme import NAMES, title
from console.details.detail_view import View
from console.notice import Notice
from console.pane import OpenList, SystemPane
from console.systems.system import lists_of

if TYPE_CHECKING:
    from console.app import ConsoleApp


class ConsoleCommands(EntryProvider):
    """Offers the commands. One that is not legal now is offered too, and says why."""

    def entries(self) -> Iterator[Entry]:
        """Yield every command."""
        console = cast("ConsoleApp", self.app)
        for pane in console.lists:
            for state in pane.states():
                command, row = state.command, pane.focused_row
                target = f" {row.business_id}" if row and not command.creates else ""
                yield Entry(
                    f"{pane.system.title}: {command.title}{target}",
                    (state.effect if state.allowed else state.why) or f"key {command.key} on this tab",
                    partial(_act, console, pane.system.name, command.key),
                )
        for number, (name, pane) in enumerate(console.panes.items(), start=1):
            yield Entry(f"Go to {pane.system.title}", f"key {number}", partial(console.action_show_tab, name))
            yield from _other_lists(console, pane)
        shown = console.shown
        for view in View:
            yield Entry(f"Show {view}", f"of the {shown.system.noun} in focus", partial(shown.details.turn, view))
        yield Entry("Inbox", "key i; what waits for a person in all systems", partial(console.show_inbox, None))
        yield Entry("Inbox: for you", "what waits for you by name", partial(console.show_inbox, "yours"))
        yield Entry(
            "Stuck finder", "what does not go on, by cause, with what to do", partial(console.show_inbox, "stuck")
        )
        if console.inbox_open:
            yield from _of_inbox(console)
        else:
            yield Entry("Filter", "key /", console.active.listing.action_filter)
            yield from _of_list(console)
        whole = f"key h; the whole history of the {shown.system.noun} in focus"
        yield Entry("History", whole, shown.action_open_history)
        operations = "key O; cancel, terminate, reset, pause, start again: what each does to the business"
        yield Entry("Operations on this run", operations, shown.action_operations)
        workers = "key W; task queues with pollers and backlog, workers with slots, our own calls"
        yield Entry("Server and workers", workers, shown.action_server)
        yield Entry("Open in Temporal's Web UI", "key o", shown.action_open_web)
        yield Entry("Copy ID", "key y", shown.action_copy_id)
        yield Entry("Read again", "key f5", console.action_read_again)
        yield Entry("Act as", "key @; somebody else of the company's directory", console.action_act_as)
        yield Entry("Journal", "key J; what operators did from here, and the answers", console.action_journal)
        yield Entry(
            "Hand-over report", "Markdown: what was done in 8 hours, and what waits now", partial(_hand_over, console)
        )
        yield Entry("Help", "key ?", console.action_help)
        for name in NAMES:
            used = "the one in use" if name == console.theme else "turns to it"
            yield Entry(f"Theme: {title(name)}", used, partial(console.turn_theme, name))
        leave = partial(console.call_later, console.action_quit)
        yield Entry("Quit", "key q; server and workers end after the last console", leave)


def _other_lists(console: "ConsoleApp", pane: SystemPane) -> Iterator[Entry]:
    """Yield the further lists of a tab, and the way from its item in focus to what belongs to that."""
    for number, kind in enumerate(lists_of(pane.system)[1:]):
        key = f"key {kind.list_key} on {pane.system.title}"
        yield Entry(f"Go to {kind.title}", key, partial(console.post_message, OpenList(kind.name)))
        row = pane.focused_row
        if row is not None and not number:
            words = f"key m on {pane.system.title}; those that came on their own"
            run = partial(console.post_message, OpenList(kind.name, row.business_id))
            yield Entry(f"{kind.title} of {row.business_id}", words, run)


def _of_inbox(console: "ConsoleApp") -> Iterator[Entry]:
    pane = console.shown
    for state in pane.states():
        target = pane.focused_row.business_id if pane.focused_row else ""
        name = f"Inbox: {state.command.title} {target}"
        yield Entry(name, state.effect if state.allowed else state.why, partial(pane.action_act, state.command.key))


def _of_list(console: "ConsoleApp") -> Iterator[Entry]:
    active = console.active
    mark_range = active.table.action_mark_range
    yield Entry("List: Mark a range", "key V; begins it, and ends it at another row", mark_range)
    for binding in active.list_keys:
        run = partial(active.run_action, binding.action)
        yield Entry(f"List: {binding.description}", f"key {binding.key}; {binding.tooltip}", run)
    for view in active.views.read():
        yield Entry(f"View: {view.name}", view.words, partial(active.listing.show_saved, view))


def _act(console: "ConsoleApp", pane: str, key: str) -> None:
    console.action_show_tab(pane)
    console.lists.get(pane).action_act(key)


def _hand_over(console: "ConsoleApp") -> None:
    from console.journal.handing_over import hand_over

    async def written() -> None:
        systems = [pane.system for pane in console.panes.values()]
        console.post_message(Notice(await hand_over(console.gateway, systems, console.settings.data_dir)))

    console.run_worker(written(), group="report", exclusive=True, exit_on_error=False)
