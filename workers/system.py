"""What the supervisor needs to know of one system."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from temporalio.client import Client
from temporalio.worker import Worker

from workers.services import Services


class Build(Protocol):
    """Builds the system's worker."""

    def __call__(self, client: Client, services: Services, *, registered: bool, drain: timedelta) -> Worker:
        """Return the worker, not yet running. ``registered``: whether the namespace knows the search attributes."""


@dataclass(frozen=True)
class System:
    """One system: its name for people, its task queue, and how its worker is built."""

    name: str
    task_queue: str
    build: Build
