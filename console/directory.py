"""Whether the operator is in the company's directory, which is reached through a worker."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from console.acting import ACT_AS
from console.gateway.gateway import Gateway
from console.model import EMPTY_DIRECTORY, Directory
from console.systems.system import ConsoleSystem
from workflows.shared.errors import CallError

LOOK_UP_SECONDS = 3.0
"""Seconds until the directory is asked again that did not answer."""

DIRECTORY_SECONDS = 15.0
"""Seconds between two looks into a directory that is empty."""


class DirectoryLookUp:
    """Asks for the operator; ``answered`` takes whether the directory knows the person, and what to do if not."""

    def __init__(
        self,
        gateway: Gateway,
        systems: Sequence[ConsoleSystem[Any, Any]],
        answered: Callable[[bool, str], None],
    ) -> None:
        self._gateway, self._answered = gateway, answered
        self._system = next((system for system in systems if system.look_up is not None), None)

    @property
    def possible(self) -> bool:
        """Whether a system here has a directory."""
        return self._system is not None

    async def ask(self, person: str) -> Directory:
        """Return what the company's directory says about a person. Raises ``CallError``."""
        if self._system is None or self._system.look_up is None:
            raise CallError("no system here has a directory of people")
        return await self._system.look_up(self._gateway.domain(self._system.client), person)

    async def run(self) -> None:
        """Ask until the directory answers: its worker may start later than we do."""
        told = ""
        while True:
            try:
                directory = await self.ask(self._gateway.operator)
            except CallError:
                await asyncio.sleep(LOOK_UP_SECONDS)
                continue
            self._gateway.people = directory.people
            words = _who_is_missing(self._gateway.operator, directory)
            if directory.known or words != told:
                self._answered(directory.known, words)
            told = words
            if directory.known or directory.people:
                return
            await asyncio.sleep(DIRECTORY_SECONDS)


def _who_is_missing(operator: str, directory: Directory) -> str:
    if directory.known:
        return ""
    if not directory.people:
        return EMPTY_DIRECTORY
    return f"{operator} is not in the company's directory, so no request waits for you; {ACT_AS}"
