"""The command palette: every action of every pane, and everything else that the console can do."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from console.details.detail_view import View

if TYPE_CHECKING:
    from console.app import ConsoleApp


class _Command(NamedTuple):
    name: str
    help: str
    run: Callable[[], object]


class ActionCommands(Provider):
    """Offers the actions. One that is not legal now is offered too, and says why."""

    async def search(self, query: str) -> Hits:
        """Find commands by their names."""
        matcher = self.matcher(query)
        for command in self._commands():
            if (score := matcher.match(command.name)) > 0:
                yield Hit(score, matcher.highlight(command.name), command.run, help=command.help)

    async def discover(self) -> Hits:
        """Offer all commands before anything is typed."""
        for command in self._commands():
            yield DiscoveryHit(command.name, command.run, help=command.help)

    def _commands(self) -> Iterator[_Command]:
        console = cast("ConsoleApp", self.app)
        for pane in console.panes.values():
            for judged in pane.judged():
                target = f" {pane.focused_row.business_id}" if judged.action.names_target and pane.focused_row else ""
                yield _Command(
                    f"{pane.title}: {judged.action.label}{target}",
                    (judged.effect if judged.allowed else judged.why) or f"key {judged.action.key} on this tab",
                    partial(_act, console, pane.system.name, judged.action.key),
                )
        for number, (name, pane) in enumerate(console.panes.items(), start=1):
            yield _Command(f"Go to {pane.title}", f"key {number}", partial(console.action_show_tab, name))
        active = console.active
        for view in View:
            yield _Command(f"Show {view}", f"of the {active.noun} in focus", partial(active.show_view, view))
        yield _Command("Filter", "key /", active.action_filter)
        yield _Command("Open in Temporal's Web UI", "key o", active.action_open_web)
        yield _Command("Copy ID", "key y", active.action_copy_id)
        yield _Command("Read again", "key f5", console.action_read_again)
        yield _Command("Help", "key ?", console.action_help)
        yield _Command("Theme: dark or light", "turns to the other one", console.action_other_theme)
        leave = partial(console.call_later, console.action_quit)
        yield _Command("Quit", "key q; stops what this console started", leave)


def _act(console: "ConsoleApp", pane: str, key: str) -> None:
    console.action_show_tab(pane)
    console.panes[pane].action_act(key)
