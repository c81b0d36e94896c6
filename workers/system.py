"""One system as the supervisor sees it: all that ``workers`` knows of it."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar

from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.worker import Worker

from workers.settings.base import WorkerSettings
from workers.store.engine import Store
from workflows.runtime.settings import read_settings

Health = Literal["on", "off", "failing"]

SettingsT = TypeVar("SettingsT", bound=WorkerSettings)
PortsT = TypeVar("PortsT")
PortsT_contra = TypeVar("PortsT_contra", contravariant=True)


class Build(Protocol[PortsT_contra]):
    """Builds the system's worker."""

    def __call__(self, client: Client, ports: PortsT_contra, *, registered: bool, drain: timedelta) -> Worker:
        """Return the worker, not yet running. ``registered``: whether the namespace knows the search attributes."""


@dataclass(frozen=True)
class System(Generic[SettingsT, PortsT]):
    """A system. Its ports are what its activities reach the outside world by."""

    name: str
    task_queue: str
    settings: type[SettingsT]
    open_ports: Callable[[SettingsT, Store], AbstractAsyncContextManager[PortsT]]
    build: Build[PortsT]
    health: Callable[[PortsT], Mapping[str, Health]] = lambda _: {}
    """The health of services that people should know of, by their names."""
    serve: Callable[[PortsT, Client], Coroutine[Any, Any, None]] | None = None
    """Serves something outside beside the worker, until cancelled."""
    add_sample: Callable[[Connection], str] | None = None
    """Adds the system's sample data to the store where it is missing, and returns what it is, for people."""
    play: Callable[[Client, Store], Coroutine[Any, Any, None]] | None = None
    """Plays the people outside in a demo, until cancelled."""


AnySystem = System[Any, Any]


@dataclass(frozen=True)
class OpenSystem:
    """A system with its ports open."""

    system: AnySystem
    ports: Any

    def build(self, client: Client, *, registered: bool, drain: timedelta) -> Worker:
        """Return the system's worker, not yet running."""
        return self.system.build(client, self.ports, registered=registered, drain=drain)

    def health(self) -> Mapping[str, Health]:
        """Return the health of its services."""
        return self.system.health(self.ports)


@asynccontextmanager
async def open_systems(systems: Sequence[AnySystem], store: Store) -> AsyncIterator[Sequence[OpenSystem]]:
    """Open the ports of all systems as their settings say, and close them after the block.

    Raises:
        SettingsError: a setting is not usable.
    """
    async with AsyncExitStack() as stack:
        yield [
            OpenSystem(
                system, await stack.enter_async_context(system.open_ports(read_settings(system.settings), store))
            )
            for system in systems
        ]


async def fill_sample(systems: Sequence[AnySystem], store: Store) -> str:
    """Add the systems' sample data that is missing, and return what it is, for people.

    Raises:
        StoreError: the store cannot be used.
    """
    samples = [system.add_sample for system in systems if system.add_sample]
    return await store.write(lambda connection: ", ".join(add(connection) for add in samples))
