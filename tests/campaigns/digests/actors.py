"""Calls that wait for the test to let them go, and actors without Temporal."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from tests.support.campaigns import capped
from tests.support.memory_store import MemoryStore
from workers.store.types import utc_now
from workers.store.users import SqlUsers
from workflows.campaigns.actor_state import ActorStart, ActorState
from workflows.campaigns.models import Released, ReleaseSend, SendDecision, SendRequest
from workflows.campaigns.sending import record_of
from workflows.shared.summary import StartRow

AnswerT = TypeVar("AnswerT")
USERS = ("U0", "U1")


class Steps:
    """Calls that wait. The test chooses which goes on, and how it ends."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[str]] = []

    async def call(self, perform: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """Perform a call when it is let go: fully, not at all, or without its answer."""
        turn: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        fate = await turn
        if fate == "fails":
            raise ConnectionError("no answer")
        answer = await perform()
        if fate == "loses its answer":
            raise ConnectionError("no answer")
        return answer

    def wrap(self, port: AnswerT) -> AnswerT:
        """Return a port whose calls wait."""
        return cast("AnswerT", _WaitingPort(port, self))

    async def let_go(self, which: int, fate: str) -> None:
        """Let one of those that wait go on, and everything happen that follows."""
        if self.waiting:
            self.waiting.pop(which % len(self.waiting)).set_result(fate)
        await settled()


class _WaitingPort:
    def __init__(self, port: Any, steps: Steps) -> None:  # noqa: ANN401 - of any kind
        self._port = port
        self._steps = steps

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)
        return lambda *given, **named: self._steps.call(lambda: method(*given, **named))


async def settled() -> None:
    """Let everything happen that waits for nothing."""
    for _ in range(10):
        await asyncio.sleep(0)


@dataclass
class Actors:
    """The actors, without Temporal. One that is lost begins again with what the store knows, or the sender read."""

    store: MemoryStore
    limits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USERS, 0))
    states: dict[str, ActorState] = field(default_factory=dict)
    updates: int = 0

    async def reserve_send(self, start: ActorStart, send: SendRequest, row: StartRow | None = None) -> SendDecision:  # noqa: ARG002 - no list here
        """Decide on a message."""
        state = self.states.get(start.user_id) or await self._begin(start)
        if send.refused_fence == state.fence.token:
            user = await SqlUsers(self.store).claim(start.user_id)
            assert user is not None
            state.take_over(record_of(user, utc_now()), utc_now())
            self.allow(start.user_id, 0)
        self.updates += 1
        return state.reserve(send, utc_now(), update_id=str(self.updates))

    async def release_send(self, user_id: str, release: ReleaseSend) -> Released:
        """Stop counting a message."""
        self.updates += 1
        state = self.states.get(user_id)
        released = state is not None and state.release(
            release.send_id, release.reason, utc_now(), update_id=str(self.updates)
        )
        return Released(released=released)

    def answered_lately(self, user_id: str) -> bool:
        """Return whether the actor runs."""
        return user_id in self.states

    async def _begin(self, start: ActorStart) -> ActorState:
        record = start.record
        if record is None:
            user = await SqlUsers(self.store).claim(start.user_id)
            assert user is not None
            record = record_of(user, utc_now())
        state = ActorState.of_record(start.user_id, record, utc_now())
        self.states[start.user_id] = state
        self.allow(start.user_id, 0)
        return state

    def allow(self, user_id: str, more: int) -> None:
        """Let a cap have room for more messages."""
        self.limits[user_id] += more
        if state := self.states.get(user_id):
            policy = capped(1 + self.limits[user_id], 86_400)
            state.settings = state.settings.model_copy(update={"policy": policy})


class ActorsBehindSteps:
    """The actors, each update of which waits for its turn."""

    def __init__(self, actors: Actors, steps: Steps) -> None:
        self._actors = actors
        self._steps = steps

    async def reserve_send(self, start: ActorStart, send: SendRequest, row: StartRow | None = None) -> SendDecision:
        """Decide on a message."""
        return await self._steps.call(lambda: self._actors.reserve_send(start, send, row))

    async def release_send(self, user_id: str, release: ReleaseSend) -> Released:
        """Stop counting a message."""
        return await self._steps.call(lambda: self._actors.release_send(user_id, release))

    def answered_lately(self, user_id: str) -> bool:
        """Return whether the actor runs."""
        return self._actors.answered_lately(user_id)
