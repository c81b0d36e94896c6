"""Keys are handled one after another, in the order in which they were typed.

Textual hands a key to the focused widget before the previous key has been handled. Fast typing then reaches the wrong
field, and keys meant for a dialog that is still opening work on the list below it. So a key waits here until the
previous one has been handled and, if that one opens a dialog, until the dialog has its focus. What is typed right
behind a refused key was meant for a dialog that did not open, so it is ignored. A click waits for the keys before it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from textual import on
from textual.app import App
from textual.events import Event, Key, MouseDown, MouseUp, Paste
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import Worker

DIALOG_GROUP = "act"
"""Group of the workers that may open a dialog."""

DIALOG_TIMEOUT = 5.0
"""Seconds that keys wait for a dialog."""

KEY_TIMEOUT = 5.0
"""Seconds that a key waits for the previous one, if a widget is busy with it; more than a loaded machine takes."""

MAX_HELD = 256
"""Keys and pastes that wait for a dialog; further ones are dropped."""

Press = Key | Paste | MouseDown | MouseUp
"""What waits for the key before it."""

ROUND_TRIPS = 2
"""Message-queue round trips to wait after a key: one for the key, one for the messages it caused."""

POLL_INTERVAL = 0.01

BURST_PAUSE = 0.3
"""Seconds without a key after which typing behind a refused key counts again: by then its refusal has been seen."""


class RoundTrip(Message, verbose=True):
    """Follows a key from widget to widget up to the app: when it arrives, the key has been handled."""

    def __init__(self, target: MessagePump, left: int) -> None:
        super().__init__()
        self.target = target
        self.left = left


class KeysInOrder(App[None]):
    """An app that handles one key at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[Press] = deque()
        self._released: Press | None = None
        self._handling = False
        self._opening = False
        self._handled = asyncio.Event()
        self._ignored_until = 0.0

    async def on_event(self, event: Event) -> None:
        """Hold a key back while another one is being handled."""
        if not isinstance(event, Press) or event.is_forwarded or (_is_mouse(event) and not self._waits(event)):
            await super().on_event(event)
        elif not self.screen_stack:
            return  # the console is closing
        elif not self._handling and self._ignores(event):
            return
        elif self._handling and event is not self._released:
            self._hold(event)
        else:
            await self._handle(event)

    def _waits(self, event: Press) -> bool:
        """Return whether a click has keys before it; those that wait for a dialog are not, it is not open yet."""
        return event is self._released or (self._handling and not self._opening)

    def _hold(self, event: Press) -> None:
        if self._opening and isinstance(event, Key) and event.key == "escape":
            self._held.clear()  # it closes the dialog as soon as that is open
        if not self._opening or len(self._held) < MAX_HELD:
            self._held.append(event)

    async def _handle(self, event: Press) -> None:
        self._handling, self._released = True, None
        screens, before, target = len(self.screen_stack), self._dialog_workers(), self.focused or self.screen
        self._handled.clear()
        await super().on_event(event)
        if _is_mouse(event):
            target = self.focused or self.screen  # a click moves the focus to what it works on
        target.post_message(RoundTrip(target, ROUND_TRIPS))
        self.run_worker(self._follow(target, screens, before), group="keys")

    @on(RoundTrip)
    def _arrived(self, message: RoundTrip) -> None:
        if message.left > 1:
            message.target.post_message(RoundTrip(message.target, message.left - 1))
        else:
            self._handled.set()

    async def _follow(self, target: MessagePump, screens: int, before: set[Worker[Any]]) -> None:
        """Release the next key when this one has been handled."""
        await _until(lambda: self._handled.is_set() or not target.is_attached, KEY_TIMEOUT, self._handled)
        opening = self._dialog_workers() - before
        if opening or len(self.screen_stack) > screens:
            await self._opened(opening, screens)
        while self._held:
            event = self._held.popleft()
            if not self._ignores(event):
                self._released = event
                self.post_message(event)
                return
        self._handling = False

    def ignore_burst(self) -> None:
        """Ignore what was typed behind a key that has just been refused, until the typing pauses; arrows still work."""
        self._ignored_until = time.monotonic() + BURST_PAUSE

    def _ignores(self, event: Press) -> bool:
        if _is_mouse(event) or event.time >= self._ignored_until or _only_moves(event):
            return False
        self._ignored_until = max(self._ignored_until, event.time + BURST_PAUSE)
        return True

    async def _opened(self, opening: set[Worker[Any]], screens: int) -> None:
        """Wait for a dialog's focus. If none opens, drop what was typed for it: it must not work on the list."""

        def decided() -> bool:
            return len(self.screen_stack) > screens or all(worker.is_finished for worker in opening)

        self._opening = True
        end = time.monotonic() + DIALOG_TIMEOUT
        await _until(decided, DIALOG_TIMEOUT)
        if len(self.screen_stack) > screens:
            self._held = deque(event for event in self._held if not _is_mouse(event))  # aimed at what is covered now
            dialog: Screen[object] = self.screen
            left = end - time.monotonic()
            await _until(lambda: dialog.focused is not None or self.screen_stack[-1:] != [dialog], left)
        else:
            self._held = deque(event for event in self._held if _is_mouse(event) or _only_moves(event))
        self._opening = False

    def _dialog_workers(self) -> set[Worker[Any]]:
        return {worker for worker in self.workers if worker.group == DIALOG_GROUP and not worker.is_finished}


def _is_mouse(event: Press) -> bool:
    return isinstance(event, MouseDown | MouseUp)


def _only_moves(event: Press) -> bool:
    """Return whether a key only moves something, and so is harmless wherever it works."""
    return isinstance(event, Key) and not event.is_printable and event.key not in {"enter", "escape"}


async def _until(condition: Callable[[], bool], seconds: float, signal: asyncio.Event | None = None) -> None:
    """Wait until ``condition`` holds, at most ``seconds``; ``signal`` says that it may hold now."""
    end = time.monotonic() + seconds
    signal = signal or asyncio.Event()
    while not condition() and time.monotonic() < end:
        try:
            await asyncio.wait_for(signal.wait(), POLL_INTERVAL)
        except TimeoutError:
            continue
