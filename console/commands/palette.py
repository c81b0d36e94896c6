"""The command palette: every command of every system, and everything else that the console can do."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from console.design.text import plain
from console.details.detail_view import View
from console.notice import Notice

if TYPE_CHECKING:
    from console.app import ConsoleApp


class _Entry(NamedTuple):
    name: str
    help: str
    run: Callable[[], object]


class ConsoleCommands(Provider):
    """Offers the commands. One that is not legal now is offered too, and says why."""

    async def search(self, query: str) -> Hits:
        """Find commands by name."""
        matcher = self.matcher(query)
        for entry in self._entries():
            if (score := matcher.match(entry.name)) > 0:
                yield Hit(score, matcher.highlight(entry.name), entry.run, help=entry.help)

    async def discover(self) -> Hits:
        """Offer all commands before anything is typed."""
        for entry in self._entries():
            yield DiscoveryHit(entry.name, entry.run, help=entry.help)

    def _entries(self) -> Iterator[_Entry]:
        console = cast("ConsoleApp", self.app)
        for pane in console.panes.values():
            for state in pane.states():
                command, row = state.command, pane.focused_row
                target = f" {row.business_id}" if row and not command.creates else ""
                yield _Entry(
                    f"{pane.system.title}: {command.title}{target}",
                    (state.effect if state.allowed else state.why) or f"key {command.key} on this tab",
                    partial(_act, console, pane.system.name, command.key),
                )
        for number, (name, pane) in enumerate(console.panes.items(), start=1):
            yield _Entry(f"Go to {pane.system.title}", f"key {number}", partial(console.action_show_tab, name))
        shown = console.shown
        for view in View:
            yield _Entry(f"Show {view}", f"of the {shown.system.noun} in focus", partial(shown.details.turn, view))
        yield _Entry("Inbox", "key i; what waits for a person in all systems", partial(console.show_inbox, None))
        yield _Entry("Inbox: for you", "what waits for you by name", partial(console.show_inbox, "yours"))
        yield _Entry(
            "Stuck finder", "what does not go on, by cause, with what to do", partial(console.show_inbox, "stuck")
        )
        if console.inbox_open:
            yield from _of_inbox(console)
        else:
            yield _Entry("Filter", "key /", console.active.listing.action_filter)
            yield from _of_list(console)
        whole = f"key h; the whole history of the {shown.system.noun} in focus"
        yield _Entry("History", whole, shown.action_open_history)
        yield _Entry("Open in Temporal's Web UI", "key o", shown.action_open_web)
        yield _Entry("Copy ID", "key y", shown.action_copy_id)
        yield _Entry("Read again", "key f5", console.action_read_again)
        yield _Entry("Act as", "key @; somebody else of the company's directory", console.action_act_as)
        yield _Entry("Journal", "key J; what operators did from here, and the answers", console.action_journal)
        yield _Entry(
            "Hand-over report", "Markdown: what was done in 8 hours, and what waits now", partial(_hand_over, console)
        )
        yield _Entry("Help", "key ?", console.action_help)
        yield _Entry("Theme: dark or light", "turns to the other one", console.action_other_theme)
        leave = partial(console.call_later, console.action_quit)
        yield _Entry("Quit", "key q; server and workers end after the last console", leave)


def _of_inbox(console: "ConsoleApp") -> Iterator[_Entry]:
    pane = console.shown
    for state in pane.states():
        target = pane.focused_row.business_id if pane.focused_row else ""
        name = f"Inbox: {state.command.title} {target}"
        yield _Entry(name, state.effect if state.allowed else state.why, partial(pane.action_act, state.command.key))


def _of_list(console: "ConsoleApp") -> Iterator[_Entry]:
    active = console.active
    mark_range = active.table.action_mark_range
    yield _Entry("List: Mark a range", "key V; begins it, and ends it at another row", mark_range)
    for binding in active.list_keys:
        run = partial(active.run_action, binding.action)
        yield _Entry(f"List: {binding.description}", f"key {binding.key}; {binding.tooltip}", run)
    for view in active.views.read():
        yield _Entry(f"View: {plain(view.name)}", plain(view.words), partial(active.listing.show_saved, view))


def _act(console: "ConsoleApp", pane: str, key: str) -> None:
    console.action_show_tab(pane)
    console.panes[pane].action_act(key)


def _hand_over(console: "ConsoleApp") -> None:
    from console.journal.handing_over import hand_over

    async def written() -> None:
        systems = [pane.system for pane in console.panes.values()]
        console.post_message(Notice(await hand_over(console.gateway, systems, console.settings.data_dir)))

    console.run_worker(written(), group="report", exclusive=True, exit_on_error=False)
