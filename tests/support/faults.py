"""Faults around a port: calls that fail, lose their answer, wait or arrive late. The port itself is the real one."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

PortT = TypeVar("PortT")
AnswerT = TypeVar("AnswerT")
Name = str | Callable[..., str]
"""Under which name faults and counts of a method go; a function derives it from the call's arguments."""

MAX_UNLUCKY = 3


class Faults:
    """What goes wrong, by name of the call. Fresh ones let everything work."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        """Attempts, those that failed included."""
        self.flaky: random.Random | None = None
        """If set, calls fail by chance, half of them after their effect, but at most three in a row."""
        self.chance = 1 / 5
        """How many calls fail then."""
        self._down: dict[str, Exception] = {}
        self._to_fail: Counter[str] = Counter()
        self._to_lose: Counter[str] = Counter()
        self._unlucky: Counter[str] = Counter()
        self._gates: defaultdict[str, asyncio.Event] = defaultdict(_open_gate)
        self._to_be_late: set[str] = set()
        self._late: dict[str, Callable[[], Awaitable[object]]] = {}

    def wrap(self, port: PortT, **names: Name) -> PortT:
        """Return the port behind these faults. A call goes by its method's name unless ``names`` gives another one."""
        return cast("PortT", _FaultyPort(port, self, names))

    def down(self, *names: str, error: Exception | None = None) -> None:
        """Let every call fail without an effect until :meth:`up`, with ``error`` or a `ConnectionError`."""
        self._down.update({name: error or ConnectionError(f"{name} is down") for name in names})

    def up(self, *names: str) -> None:
        """Let calls work again."""
        for name in names:
            self._down.pop(name, None)

    def fail(self, name: str, count: int) -> None:
        """Let the next calls fail without an effect."""
        self._to_fail[name] += count

    def lose_answers(self, name: str, count: int) -> None:
        """Let the next calls have their effect and fail all the same."""
        self._to_lose[name] += count

    def hold(self, name: str) -> None:
        """Let calls wait, before they have an effect, until :meth:`let_go`."""
        self._gates[name].clear()

    def let_go(self, name: str) -> None:
        """Let the calls that wait go on."""
        self._gates[name].set()

    def be_late(self, name: str) -> None:
        """Let the next call time out, and have its effect at :meth:`arrive`."""
        self._to_be_late.add(name)

    def waits_for(self, name: str) -> bool:
        """Return whether the call that is to be late has not come yet."""
        return name in self._to_be_late

    async def arrive(self, name: str) -> None:
        """Let the late call have its effect now; nobody hears its answer."""
        with suppress(Exception):
            await self._late.pop(name)()

    async def call(self, name: str, perform: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """Perform one call, with the faults that are due."""
        if name in self._to_be_late:
            self._to_be_late.remove(name)
            self._late[name] = perform
            raise TimeoutError(f"no answer to {name} in time")
        self.calls[name] += 1
        await self._gates[name].wait()
        if error := self._down.get(name):
            raise error.with_traceback(None)  # else each call adds to it
        if self._takes(self._to_fail, name) or self._is_unlucky(name):
            raise ConnectionError(f"{name} failed")
        answer = await perform()
        if self._takes(self._to_lose, name) or self._is_unlucky(name):
            raise ConnectionError(f"the answer to {name} got lost")
        self._unlucky[name] = 0
        return answer

    @staticmethod
    def _takes(left: Counter[str], name: str) -> bool:
        if left[name] <= 0:
            return False
        left[name] -= 1
        return True

    def _is_unlucky(self, name: str) -> bool:
        if self.flaky is None or self._unlucky[name] >= MAX_UNLUCKY or self.flaky.random() >= self.chance / 2:
            return False
        self._unlucky[name] += 1
        return True


class _FaultyPort:
    """Passes everything on to the port, coroutine methods through the faults."""

    def __init__(self, port: object, faults: Faults, names: dict[str, Name]) -> None:
        self._port = port
        self._faults = faults
        self._names = names

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401 - whatever the port has
        found = getattr(self._port, method)
        if not iscoroutinefunction(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the method takes and returns
            name = self._names.get(method, method)
            name = name if isinstance(name, str) else name(*args, **kwargs)
            return await self._faults.call(name, lambda: found(*args, **kwargs))

        return call


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate
