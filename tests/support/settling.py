"""A console under test is looked at as soon as it has handled what it was sent, and not after some time.

Textual's pilot sleeps after each key and before each look until the whole process hardly works: 20 ms at least, and up
to a second beside workers and other consoles. That was more than half of the time of the console's tests.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import textual.app
import textual.pilot
from textual._context import active_app
from textual._queue import Queue
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen

from console.keys import KeysInOrder
from tests.support.eventually import eventually

TIMEOUT = 60.0
"""Seconds that a widget may be busy with one message, on a busy machine too."""

BUSY_INTERVAL = 0.001

MAX_TURNS = 1_000


async def settle(app: App[Any]) -> None:
    """Wait until all messages are handled, with all that comes of them, and the screen is laid out."""
    await eventually(lambda: _settled(app), seconds=TIMEOUT, interval=BUSY_INTERVAL)


async def _settled(app: App[Any]) -> bool:
    """Let everything run that can run, and return whether nothing waits for a widget."""
    await _until_nothing_is_ready()
    while not _has_ended(app) and _refreshes(app.screen):
        app.screen._on_timer_update()  # else it does so by itself after a frame
        await _until_nothing_is_ready()
    return _has_ended(app) or not (
        _is_moving(app) or any(map(_is_busy, (app, app.screen, *app.screen.walk_children())))
    )


def _has_ended(app: App[Any]) -> bool:
    return not app.screen_stack or not app._running or app._exception is not None


async def _until_nothing_is_ready() -> None:
    """Wait until the event loop has nothing to do but to wait; not for ever, where something else looks as often."""
    loop = asyncio.get_running_loop()
    for _ in range(MAX_TURNS):
        await asyncio.sleep(0)
        if not loop._ready:  # type: ignore[attr-defined]
            return


def _refreshes(screen: Screen[Any]) -> bool:
    """Return whether something is to be laid out or drawn anew, or waits until that is done."""
    due = screen._layout_required or screen._scroll_required or screen._repaint_required or screen._recompose_required
    return screen.is_current and not screen.app._batch_count and bool(due or screen._dirty_widgets or screen._callbacks)


def _is_moving(app: App[Any]) -> bool:
    """Return whether it scrolls, or a key is on its way; one that opens a dialog may wait for an answer for long."""
    handles_key = isinstance(app, KeysInOrder) and app._handling and not app._opening
    return handles_key or not app.animator._complete_event.is_set()


def _is_busy(pump: MessagePump) -> bool:
    """Return whether a widget has a message, waiting or in its hands."""
    queue: Queue[Message | None] = pump._message_queue
    return pump._running and (not queue.empty() or not queue.ready_event._waiters)


@contextmanager
def settled_at_once() -> Iterator[None]:
    """Let pilots wait until their app has settled in place of sleeping."""

    async def wait_for_idle(*_: object) -> None:
        await settle(active_app.get())

    async def wait_for_screen(self: Pilot[Any], timeout: float = TIMEOUT) -> bool:  # noqa: ARG001, ASYNC109 - Textual's
        await settle(self.app)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual.app, "wait_for_idle", wait_for_idle)
        patch.setattr(textual.pilot, "wait_for_idle", wait_for_idle)
        patch.setattr(Pilot, "_wait_for_screen", wait_for_screen)
        yield
