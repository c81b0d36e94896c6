"""Everything that the console can do, by name: the command palette offers it, and the command line takes it."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from console.commands.entries import Argument, Entry
from console.customer.whose import has_person
from console.design.text import plain
from console.design.theme import NAMES, title
from console.details.detail_view import View
from console.listing.filtering import FIELDS, WHERE
from console.notice import Notice
from console.opening import open_by_id
from console.pane import OpenList, SystemPane
from console.systems.system import lists_of
from console.turning import servers

if TYPE_CHECKING:
    from console.app import ConsoleApp

OPEN, FILTER = "open", "filter"


def all_entries(console: "ConsoleApp") -> Iterator[Entry]:
    """Yield every command. One that is not legal now is offered too, and says why."""
    yield from _of_systems(console)
    for number, (name, pane) in enumerate(console.panes.items(), start=1):
        words = f"key {console.shown_key(f'tab.{number}')}"
        yield Entry(f"Go to {pane.system.title}", words, partial(console.action_show_tab, name), name)
        yield from _other_lists(console, pane)
    shown, noun, key = console.shown, console.shown.system.noun, console.shown_key
    for view in View:
        yield Entry(f"Show {view}", f"of the {noun} in focus", partial(shown.details.turn, view), f"show {view}")
    yield from _of_inbox(console)
    if not console.inbox_open:
        yield from _of_list(console)
    yield Entry(
        "Open an ID",
        "a workflow of ours by its ID: in its tab, or its history",
        partial(console.action_command_line, f"{OPEN} "),
        OPEN,
        Argument("ID", partial(open_by_id, console), [row.key.workflow_id for row in shown.table.shown_rows]),
    )
    whole = f"key {key('history')}; the whole history of the {noun} in focus"
    yield Entry("History", whole, shown.action_open_history, "history")
    words = "cancel, terminate, reset, pause, start again: what each does to the business"
    yield Entry("Operations on this run", f"key {key('operations')}; {words}", shown.action_operations, "operations")
    words = "task queues with pollers and backlog, workers with slots, our own calls"
    yield Entry("Server and workers", f"key {key('server')}; {words}", shown.action_server, "server")
    if has_person(shown.system, shown.tab):
        words = f"everything of the person whose the {noun} in focus is"
        yield Entry("One person", f"key {key('person')}; {words}", shown.action_open_person, "person")
    yield Entry("Open in Temporal's Web UI", f"key {key('web')}", shown.action_open_web, "web")
    yield Entry("Copy ID", f"key {key('copy')}", shown.action_copy_id, "copy-id")
    yield Entry("Read again", f"key {key('read')}", console.action_read_again, "read")
    words = "somebody else of the company's directory"
    yield Entry("Act as", f"key {key('act_as')}; {words}", console.action_act_as, "act-as")
    words = "what operators did from here, and the answers"
    yield Entry("Journal", f"key {key('journal')}; {words}", console.action_journal, "journal")
    words = "Markdown: what was done in 8 hours, and what waits now"
    yield Entry("Hand-over report", words, partial(_hand_over, console), "report")
    yield from servers(console)
    yield Entry("Help", f"key {key('help')}", console.action_help, "help")
    for name in NAMES:
        used = "the one in use" if name == console.theme else "turns to it"
        word = f"theme {title(name).replace(' ', '-')}"
        yield Entry(f"Theme: {title(name)}", used, partial(console.turn_theme, name), word)
    leave = partial(console.call_later, console.action_quit)
    words = "server and workers end after the last console"
    yield Entry("Quit", f"key {key('quit')}; {words}", leave, "quit")


def _of_systems(console: "ConsoleApp") -> Iterator[Entry]:
    """Yield the commands of every list; those of the one that is shown need no name of it on the command line."""
    for pane in console.lists:
        for state in pane.states():
            command, row = state.command, pane.focused_row
            target = f" {row.business_id}" if row and not command.creates else ""
            word = command.name.replace("_", "-")
            yield Entry(
                f"{pane.system.title}: {command.title}{target}",
                (state.effect if state.allowed else state.why) or f"key {command.key} on this tab",
                partial(_act, console, pane.system.name, command.key),
                word if pane is console.shown else f"{pane.system.name} {word}",
            )


def _of_inbox(console: "ConsoleApp") -> Iterator[Entry]:
    words = f"key {console.shown_key('inbox')}; what waits for a person in all systems"
    yield Entry("Inbox", words, partial(console.show_inbox, None), "inbox")
    yield Entry("Inbox: for you", "what waits for you by name", partial(console.show_inbox, "yours"), "inbox for-you")
    words = "what does not go on, by cause, with what to do"
    yield Entry("Stuck finder", words, partial(console.show_inbox, "stuck"), "stuck")
    if not console.inbox_open:
        return
    pane = console.shown
    for state in pane.states():
        target = pane.focused_row.business_id if pane.focused_row else ""
        name = f"Inbox: {state.command.title} {target}"
        act = partial(pane.action_act, state.command.key)
        yield Entry(name, state.effect if state.allowed else state.why, act, state.command.name.replace("_", "-"))


def _other_lists(console: "ConsoleApp", pane: SystemPane) -> Iterator[Entry]:
    """Yield the further lists of a tab, and the way from its item in focus to what belongs to that."""
    for number, kind in enumerate(lists_of(pane.system)[1:]):
        key = f"key {kind.list_key} on {pane.system.title}"
        yield Entry(f"Go to {kind.title}", key, partial(console.post_message, OpenList(kind.name)), kind.name)
        row = pane.focused_row
        if row is not None and not number:
            words = f"key m on {pane.system.title}; those that came on their own"
            run = partial(console.post_message, OpenList(kind.name, row.business_id))
            yield Entry(f"{kind.title} of {row.business_id}", words, run)


def _of_list(console: "ConsoleApp") -> Iterator[Entry]:
    active = console.active
    listing, key = active.listing, console.shown_key("filter")
    typed = Argument("text", listing.show_filter, [f"{name}:" for name in (*FIELDS, WHERE)])
    yield Entry("Filter", f"key {key}", listing.action_filter, FILTER, typed)
    mark_range = active.table.action_mark_range
    yield Entry("List: Mark a range", "key V; begins it, and ends it at another row", mark_range, "mark-range")
    for binding in active.list_keys:
        run, ident = partial(active.run_action, binding.action), binding.id or ""
        words = f"key {console.shown_key(ident)}; {binding.tooltip}"
        yield Entry(f"List: {binding.description}", words, run, ident.replace("_", "-"))
    for view in active.views.read():
        yield Entry(f"View: {view.name}", view.words, partial(listing.show_saved, view), f"view {plain(view.name)}")


def _act(console: "ConsoleApp", pane: str, key: str) -> None:
    console.action_show_tab(pane)
    console.lists.get(pane).action_act(key)


def _hand_over(console: "ConsoleApp") -> None:
    from console.journal.handing_over import hand_over

    async def written() -> None:
        systems = [pane.system for pane in console.panes.values()]
        console.post_message(Notice(await hand_over(console.gateway, systems, console.settings.data_dir)))

    console.run_worker(written(), group="report", exclusive=True, exit_on_error=False)
