"""Keys are handled one after another, in the order in which they were typed.

Textual hands a key to the widget that has the focus before the key ahead of it has been handled. Whoever types fast
then types into the wrong field, and what was meant for a dialog that is still being opened works on the list below it.
So the next key waits here until the last one has been handled and, where it opens a dialog, until that has its focus.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from textual import on
from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import Worker

ASKING = "act"
"""How the group of a worker ends that may open a dialog."""

LONGEST_SECONDS = 5.0
"""How long keys wait for a dialog."""

HANDLED_SECONDS = 1.0
"""How long the next key waits for one that a busy widget keeps."""

MOST_HELD = 256
"""Keys and pastes that wait for a dialog at most; what comes after them is left out."""

ROUNDS = 2
"""Passes behind a key: the first comes after the key itself, the next after what the key made widgets say."""

STEP_SECONDS = 0.01


class Passed(Message, verbose=True):
    """Follows a key from widget to widget up to the app: when it arrives there, the key has been handled."""

    def __init__(self, target: MessagePump, rounds: int) -> None:
        super().__init__()
        self.target = target
        self.rounds = rounds


class KeysInOrder(App[None]):
    """An app that handles one key at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[Key | Paste] = deque()
        self._released: Key | Paste | None = None
        self._handling = False
        self._opening = False
        self._passed = asyncio.Event()

    async def on_event(self, event: Event) -> None:
        """Hold a key back while another one is being handled."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif not self.screen_stack:
            return  # the console is closing
        elif self._handling and event is not self._released:
            self._hold(event)
        else:
            await self._handle(event)

    def _hold(self, event: Key | Paste) -> None:
        if self._opening and isinstance(event, Key) and event.key == "escape":
            self._held.clear()  # it closes the dialog as soon as that is there
        if not self._opening or len(self._held) < MOST_HELD:
            self._held.append(event)

    async def _handle(self, event: Key | Paste) -> None:
        self._handling, self._released = True, None
        screens, asking, target = len(self.screen_stack), self._asking(), self.focused or self.screen
        self._passed.clear()
        await super().on_event(event)
        target.post_message(Passed(target, ROUNDS))
        self.run_worker(self._follow(target, screens, asking), group="keys")

    @on(Passed)
    def _went_by(self, message: Passed) -> None:
        if message.rounds > 1:
            message.target.post_message(Passed(message.target, message.rounds - 1))
        else:
            self._passed.set()

    async def _follow(self, target: MessagePump, screens: int, asking: set[Worker[Any]]) -> None:
        """Let the next key go when the last one has been handled."""
        await _until(lambda: self._passed.is_set() or not target.is_attached, HANDLED_SECONDS, self._passed)
        opening = self._asking() - asking
        if opening or len(self.screen_stack) > screens:
            await self._opened(opening, screens)
        if self._held:
            self._released = self._held.popleft()
            self.post_message(self._released)
        else:
            self._handling = False

    async def _opened(self, opening: set[Worker[Any]], screens: int) -> None:
        """Wait for a dialog's focus. If none opens, what was typed for it must not work on the list."""

        def decided() -> bool:
            return len(self.screen_stack) > screens or all(worker.is_finished for worker in opening)

        self._opening = True
        end = time.monotonic() + LONGEST_SECONDS
        await _until(decided, LONGEST_SECONDS)
        if len(self.screen_stack) > screens:
            dialog: Screen[object] = self.screen
            await _until(lambda: dialog.focused is not None or dialog is not self.screen, end - time.monotonic())
        else:
            self._held = deque(event for event in self._held if _moves(event))
        self._opening = False

    def _asking(self) -> set[Worker[Any]]:
        return {worker for worker in self.workers if worker.group.endswith(ASKING) and not worker.is_finished}


def _moves(event: Key | Paste) -> bool:
    """Whether a key only moves, and so harms nothing wherever it works."""
    return isinstance(event, Key) and not event.is_printable and event.key not in {"enter", "escape"}


async def _until(condition: Callable[[], bool], seconds: float, signal: asyncio.Event | None = None) -> None:
    """Wait until ``condition`` holds, for ``seconds`` at most; ``signal`` says that it may hold now."""
    end = time.monotonic() + seconds
    signal = signal or asyncio.Event()
    while not condition() and time.monotonic() < end:
        try:
            await asyncio.wait_for(signal.wait(), STEP_SECONDS)
        except TimeoutError:
            continue
