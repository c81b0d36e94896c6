"""The bottom line: the keys that work here, without the least important ones where room is short."""

import asyncio
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from console.design.tone import Tone

ALWAYS = ("back", "help", "quit")
"""IDs of keys that stay at any width: the ways out, and help."""

GENERAL = ("filter", "inbox", "palette", "history", "person", "web", "copy", "view")
"""IDs of general keys, the most important first."""

COMMAND = "act."
"""Prefix of the IDs of keys that change something; other keys of single panes are dropped before the filter."""

RIGHT = "quit"


@runtime_checkable
class NamesKeys(Protocol):
    """A widget whose keys change their meaning, and so their word."""

    def word_for(self, key: str) -> str | None:
        """Return the current word of a key, None for the binding's own."""


@dataclass(frozen=True)
class KeyHint:
    """One key of the footer, dimmed unless ``enabled``; pressing a dimmed key says why."""

    key: str
    shown: str
    label: str
    ident: str
    enabled: bool

    @property
    def words(self) -> tuple[str, str]:
        """Key and word, as shown."""
        return self.shown, self.label

    @property
    def width(self) -> int:
        """Width in cells, with the space around."""
        return len(self.shown) + len(self.label) + 4

    @property
    def rank(self) -> int:
        """Importance; the smallest stays longest. Legal actions come before illegal ones."""
        if self.ident in ALWAYS:
            return 0
        if self.ident not in GENERAL:
            return 1 if self.enabled and self.ident.startswith(COMMAND) else 3
        return 2 if self.ident == GENERAL[0] else 3 + GENERAL.index(self.ident)


def fitting(hints: list[KeyHint], width: int) -> list[KeyHint]:
    """Return the hints without the least important ones, so that they fit."""
    kept = list(hints)
    while kept and sum(hint.width for hint in kept) > width:
        kept.remove(max(reversed(kept), key=lambda hint: hint.rank))
    return kept


class KeyLabel(Static):
    """One key and its word. A click presses it."""

    ALLOW_SELECT = False

    def __init__(self, hint: KeyHint) -> None:
        super().__init__(_drawn(hint))
        self.hint = hint
        self.set_class(hint.ident == RIGHT, "-right")
        self.set_class(not hint.enabled, "-dimmed")

    def show(self, hint: KeyHint) -> None:
        """Show the same key, which may have become legal or illegal."""
        if hint != self.hint:
            self.hint = hint
            self.update(_drawn(hint), layout=False)
            self.set_class(not hint.enabled, "-dimmed")

    def on_click(self) -> None:
        """Press the key."""
        self.app.simulate_key(self.hint.key)


def _drawn(hint: KeyHint) -> Content:
    key = Tone.ACCENT.style if hint.enabled else Tone.STOPPED.style
    word = Tone.PLAIN.style if hint.enabled else f"dim {Tone.STOPPED.style}"
    return Content.assemble((f" {hint.shown} ", f"bold {key}"), (f"{hint.label} ", word))


class KeyFooter(Horizontal):
    """Shows the bindings of the focused pane and of the console."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: list[KeyHint] = []
        self._lock = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Lay out the keys."""
        for hint in self._hints:
            yield KeyLabel(hint)

    def on_mount(self) -> None:
        """Follow the bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_resize(self, _: Resize) -> None:
        """Fit the new width."""
        self._bindings_changed(self.screen)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.call_after_refresh(self._follow)

    async def _follow(self) -> None:
        async with self._lock:
            if not self.is_attached:
                return
            self._hints = fitting(self._read(), self.size.width)
            labels = list(self.query(KeyLabel))
            if [label.hint.words for label in labels] != [hint.words for hint in self._hints]:
                await self.recompose()
                return
            # The labels stay: new ones cause a layout of the whole screen whenever the cursor moves.
            for label, hint in zip(labels, self._hints, strict=True):
                label.show(hint)

    def _read(self) -> list[KeyHint]:
        hints: dict[str, KeyHint] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            ident = binding.id or binding.action
            if binding.show and ident not in hints:
                shown = self.app.get_key_display(binding)
                word = active.node.word_for(binding.key) if isinstance(active.node, NamesKeys) else None
                hints[ident] = KeyHint(binding.key, shown, word or binding.description, ident, active.enabled)
        return sorted(hints.values(), key=lambda hint: (hint.ident == RIGHT, hint.ident in (*GENERAL, *ALWAYS)))
