"""Waiting for a condition, the one place in the tests that polls."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

TIMEOUT = 180.0
"""Seconds. A workflow task that a leaving worker took comes again only after its timeout, which is up to a minute."""

POLL_INTERVAL = 0.03


@overload
async def eventually(
    look: Callable[[], Awaitable[T]],
    wanted: Callable[[T], Any] = bool,
    *,
    ignoring: tuple[type[Exception], ...] = (),
    describe: Callable[[], object] | None = None,
    seconds: float = TIMEOUT,
    interval: float = POLL_INTERVAL,
) -> T: ...


@overload
async def eventually(
    look: Callable[[], T],
    wanted: Callable[[T], Any] = bool,
    *,
    ignoring: tuple[type[Exception], ...] = (),
    describe: Callable[[], object] | None = None,
    seconds: float = TIMEOUT,
    interval: float = POLL_INTERVAL,
) -> T: ...


async def eventually(
    look: Callable[[], Any],
    wanted: Callable[[Any], Any] = bool,
    *,
    ignoring: tuple[type[Exception], ...] = (),
    describe: Callable[[], object] | None = None,
    seconds: float = TIMEOUT,
    interval: float = POLL_INTERVAL,
) -> Any:
    """Look, with a plain or an async callable, until ``wanted`` accepts what it saw, and return that.

    An exception of a type in ``ignoring`` counts as not there yet. ``describe`` adds to the message on
    timeout, for example what is on the screen.

    Raises:
        AssertionError: after ``seconds``; says what was seen last.
    """
    seen: object = "nothing: the first look did not return"
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    found = look()
                    seen = await found if inspect.isawaitable(found) else found
                    if wanted(seen):
                        return seen
                except ignoring as error:
                    seen = error
                await asyncio.sleep(interval)
    except TimeoutError as error:
        raise AssertionError(_complaint(look, seconds, seen, describe)) from error


def eventually_blocking(
    look: Callable[[], T],
    wanted: Callable[[T], Any] = bool,
    *,
    describe: Callable[[], object] | None = None,
    seconds: float = TIMEOUT,
    interval: float = POLL_INTERVAL,
) -> T:
    """Do the same in a test that runs no event loop.

    Raises:
        AssertionError: after ``seconds``; says what was seen last.
    """
    deadline = time.monotonic() + seconds
    while not wanted(seen := look()):
        if time.monotonic() >= deadline:
            raise AssertionError(_complaint(look, seconds, seen, describe))
        time.sleep(interval)
    return seen


def _complaint(look: Callable[[], object], seconds: float, seen: object, describe: Callable[[], object] | None) -> str:
    code = getattr(look, "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code else repr(look)
    more = f"\n{describe()}" if describe else ""
    return f"waited {seconds:g} s in vain for {place}; saw last: {seen!r}{more}"
