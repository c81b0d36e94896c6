"""Waiting for a condition, the one place in the tests that polls."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict, TypeVar, Unpack, overload

T = TypeVar("T")

TIMEOUT = 180.0
"""Seconds. A workflow task that a leaving worker took comes again only after its timeout, which is up to a minute."""

POLL_INTERVAL = 0.03


class Options(TypedDict, total=False):
    """How to wait; see `eventually`."""

    ignoring: tuple[type[Exception], ...]
    describe: Callable[[], object]
    seconds: float
    interval: float


@overload
async def eventually(
    look: Callable[[], Awaitable[T]], wanted: Callable[[T], Any] = ..., **options: Unpack[Options]
) -> T: ...


@overload
async def eventually(look: Callable[[], T], wanted: Callable[[T], Any] = ..., **options: Unpack[Options]) -> T: ...


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
        code = getattr(look, "__code__", None)
        place = f"{code.co_filename}:{code.co_firstlineno}" if code else repr(look)
        more = f"\n{describe()}" if describe else ""
        raise AssertionError(f"waited {seconds:g} s in vain for {place}; saw last: {seen!r}{more}") from error
