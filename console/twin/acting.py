"""What ``tconsole SYSTEM new`` and its actions do: each ID is asked, judged, sent to and answered by itself."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from console.commands.availability import offered
from console.commands.command import AnyCommand, CommandCall, Form, Target
from console.commands.runner import new_call_id, perform
from console.gateway.gateway import Gateway
from console.journal.recorder import Recorder
from console.systems.system import ConsoleSystem
from console.twin.faces import KnownView
from console.twin.payload import values_of, wrong_words
from console.twin.reading import read
from console.twin.waiting import rest
from console.twin.writing import tell
from workflows.shared.errors import CallError

CHANNEL = "script"
"""Where somebody acts, as workflows record it."""

AT_A_TIME = 4
"""Concurrent calls: a server and its other users keep most of their budget."""


@dataclass(frozen=True)
class Given:
    """What was typed: a JSON object, and texts of options by field."""

    json: Mapping[str, Any]
    texts: Mapping[str, str]


class Answered(BaseModel):
    """What became of one ID. ``outcome`` is ``unknown`` if no answer came: it may have taken effect."""

    id: str
    action: str
    outcome: str
    text: str
    row: dict[str, Any] | None = None
    """The workflow's list row after a wait."""


@dataclass
class Aim:
    """One ID with what is to be sent to it, or why nothing is."""

    ident: str
    target: Target[Any]
    payload: BaseModel | None = None
    why_not: str = ""
    misfit: bool = False
    """Whether what was typed does not fit."""
    effect: str = ""
    call_id: str = field(default_factory=new_call_id)


@dataclass(frozen=True)
class Acting:
    """One command with what was typed for it."""

    gateway: Gateway
    system: ConsoleSystem[Any, Any]
    command: AnyCommand
    given: Given
    known: KnownView | None = None

    async def aim(self, ident: str) -> Aim:
        """Ask a workflow whether the command is legal, and what it would do."""
        try:
            found = await read(self.gateway, self.system, ident, self.known)
        except CallError as error:
            return Aim(ident, self._target(ident), why_not=str(error))
        state = None
        if found.snapshot is not None:
            state = offered(self.command, found.snapshot.actions, noun=self.system.noun)
        effect = state.effect if state is not None else ""
        target = replace(self._target(ident), view=found.view, named=self.system.named(found.view), effect=effect)
        if state is not None and not state.allowed:
            return Aim(ident, target, why_not=state.why)
        return await self._with_payload(Aim(ident, target, effect=effect))

    async def aim_new(self) -> Aim:
        """Make the payload of a creation."""
        return await self._with_payload(Aim("", self._target("")))

    def _target(self, ident: str) -> Target[Any]:
        return Target(self.gateway.operator, ident, None, channel=CHANNEL)

    async def _with_payload(self, aim: Aim) -> Aim:
        command, client = self.command, self.gateway.domain(self.system.client)
        values = {
            **self._begin(aim.target),
            **command.fixed(aim.target),
            **self.given.json,
            **values_of(command.payload, self.given.texts),
        }
        try:
            aim.payload = command.payload.model_validate(values)
        except ValidationError as error:
            if command.invalid is not None:
                await command.invalid(client, aim.target, command.name, error)
            aim.why_not, aim.misfit = wrong_words(error), True
            return aim
        aim.ident = command.business_id(aim.target, aim.payload)
        if command.preview is not None:
            try:
                aim.effect = await command.preview(self._call(aim)) or aim.effect
            except CallError as error:
                aim.why_not = str(error)
        return aim

    def _begin(self, target: Target[Any]) -> dict[str, Any]:
        """Return the ID that a creation gets unless one is given."""
        creates, ask = self.command.creates, self.command.ask
        if not creates or not isinstance(ask, Form):
            return {}
        return {name: value for name, value in ask.begin(target).items() if name == creates}

    def _call(self, aim: Aim) -> CommandCall[Any, Any, Any]:
        return CommandCall(self.gateway.domain(self.system.client), aim.target, aim.payload, aim.call_id)

    async def send(self, aim: Aim, wait_seconds: float | None) -> Answered:
        """Send it, and with ``wait_seconds`` wait for what it sets off."""
        if aim.payload is None or aim.why_not:
            return self._answered(aim, "refused", aim.why_not)
        receipt, result = await perform(Recorder(self.gateway, self.system.client), self.command, self._call(aim))
        outcome = {True: "accepted", False: "refused", None: "unknown"}[receipt.ok]
        answered = self._answered(aim, outcome, receipt.text)
        if receipt.ok and wait_seconds is not None:
            workflow_id = (result.started if result is not None else "") or f"{self.system.kind.id_prefix}{aim.ident}"
            found = await rest(self.gateway, self.system, workflow_id, wait_seconds)
            answered.row = found.row.model_dump(mode="json") if found.row is not None else None
            if not found.rests:
                answered.outcome, answered.text = "unknown", f"{answered.text}; {found.words}"
        return answered

    def _answered(self, aim: Aim, outcome: str, text: str) -> Answered:
        return Answered(id=aim.ident, action=self.command.name, outcome=outcome, text=text)

    async def each(self, aims: Sequence[Aim], wait_seconds: float | None, done: Callable[[Answered], None]) -> None:
        """Send to all, some at a time; ``done`` is told of each answer, in the order in which they come."""
        gate = asyncio.Semaphore(AT_A_TIME)

        async def one(aim: Aim) -> None:
            async with gate:
                try:
                    answered = await self.send(aim, wait_seconds)
                except CallError as error:  # while it was waited for
                    answered = self._answered(aim, "unknown", str(error))
            done(answered)

        async with asyncio.TaskGroup() as group:
            for aim in aims:
                group.create_task(one(aim))

    async def aims(self, idents: Sequence[str]) -> list[Aim]:
        """Ask all, some at a time."""
        gate = asyncio.Semaphore(AT_A_TIME)

        async def one(ident: str) -> Aim:
            async with gate:
                return await self.aim(ident)

        return await asyncio.gather(*map(one, idents))

    def warn(self) -> None:
        """Have the journal's troubles said."""
        self.gateway.journal_trouble = lambda words: tell(words) if words else None
