"""What there is to record of one system."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from temporalio.client import Client, WorkflowHandle, WorkflowHistory

from tests.support.temporal import dev_server

Handle = WorkflowHandle[Any, Any]
E = TypeVar("E")

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class System(Generic[E]):
    """A system's stories. A story runs in an environment (a worker and its fakes) and returns the workflow to keep."""

    name: str
    workflows: Sequence[type]
    open: Callable[[Client], AbstractAsyncContextManager[E]]
    stories: Sequence[Callable[[E], Awaitable[Handle]]]
    server_args: Sequence[str] = ()

    @property
    def names(self) -> set[str]:
        """The names of its stories."""
        return {story.__name__ for story in self.stories}

    @property
    def paths(self) -> list[Path]:
        """The recorded histories."""
        return sorted((FOLDER / self.name).glob("*.json"))

    async def record(self, write: Callable[[Path, WorkflowHistory], None]) -> None:
        """Run each story in an environment of its own, and write its history."""
        async with dev_server(*self.server_args) as server:
            for story in self.stories:
                async with self.open(server.client) as environment:
                    handle = await story(environment)
                write(FOLDER / self.name / f"{story.__name__}.json", await handle.fetch_history())
