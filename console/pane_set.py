"""The panes of the console: one for each tab, and one for each further list of a tab once it is first shown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from textual.binding import Binding
from textual.widgets import ContentSwitcher

from console.gateway.gateway import Gateway
from console.memory import SavedFilter
from console.pane import SystemPane
from console.systems.system import ConsoleSystem, lists_of
from workflows.runtime.console_settings import ConsoleSettings


class PaneSet:
    """Makes the panes, each with the filter that it was ``left`` with."""

    def __init__(
        self,
        systems: Sequence[ConsoleSystem[Any, Any]],
        gateway: Gateway,
        settings: ConsoleSettings,
        left: Mapping[str, SavedFilter],
    ) -> None:
        self._gateway, self._settings, self._left = gateway, settings, left
        self._beside = {kind.name: (kind, tab) for tab in systems for kind in lists_of(tab)[1:]}
        self._shown: dict[str, SystemPane] = {}
        self.tabs = {system.name: self._made(system, system) for system in systems}
        """The panes of the tabs, by name."""

    def __iter__(self) -> Iterator[SystemPane]:
        """Yield the panes that there are."""
        yield from self.tabs.values()
        yield from self._shown.values()

    def get(self, name: str) -> SystemPane:
        """Return a pane that there is."""
        return self.tabs.get(name) or self._shown[name]

    async def opened(self, name: str, switcher: ContentSwitcher) -> SystemPane:
        """Return a pane, and make that of a further list when it is first wanted: the start does not wait for it."""
        if name not in self.tabs and name not in self._shown:
            pane = self._made(*self._beside[name])
            pane.display = False
            self._shown[name] = pane
            await switcher.mount(pane)
        return self.get(name)

    def _made(self, system: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any]) -> SystemPane:
        pane = SystemPane(system, self._gateway, self._settings, tab)
        if system.name in self._left:
            pane.listing.restore(self._left[system.name])
        return pane

    @property
    def filters(self) -> dict[str, SavedFilter]:
        """The filters of all lists, for the next run."""
        return {**self._left, **{pane.system.name: pane.listing.saved_filter for pane in self}}


def tab_keys(systems: Sequence[ConsoleSystem[Any, Any]]) -> list[Binding]:
    """Return the keys of the tabs: with priority, so that the next key, however fast, is one of the tab turned to."""
    return [
        Binding(str(n), f"show_tab('{system.name}')", system.title, id=f"tab.{n}", show=False, priority=True)
        for n, system in enumerate(systems, start=1)
    ]
