"""Writes the journal around each call that changes something."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from console.commands.command import AnyCommand, CommandCall, CommandResult, Words
from console.gateway.gateway import Gateway
from console.journal.book import Journal, JournalError
from console.journal.entry import Act, Outcome
from console.notice import Receipt
from console.start.state import Server
from workflows.runtime.login import login_name
from workflows.shared.client import WorkflowClient

log = logging.getLogger(__name__)

REASON_FIELDS = ("reason", "note", "comment", "text")
"""Fields of a payload in which people say why."""

EMBEDDED = "embedded"

CUT_OFF = "the console stopped waiting; it may have taken effect"


@dataclass(frozen=True)
class Recorder:
    """Records calls to the workflows of one ``kind`` in the gateway's journal.

    An action is more important than its line: what cannot be written is told to ``Gateway.journal_trouble``, and the
    action goes on.
    """

    gateway: Gateway
    kind: type[WorkflowClient]

    async def sent(self, command: AnyCommand, call: CommandCall[object, BaseModel, BaseModel]) -> int | None:
        """Write what is about to be sent; return the number of the entry, None if there is none."""
        act = self._act(command, call)
        try:
            number = await asyncio.to_thread(self.gateway.journal.sent, act)
        except JournalError as error:
            self._failed(error)
            return None
        self.gateway.journal_trouble("")
        return number

    async def answered(self, number: int | None, receipt: Receipt, result: CommandResult[BaseModel] | None) -> None:
        """Write the answer."""
        applied = result is not None and result.applied
        outcome = {
            True: Outcome.APPLIED if applied else Outcome.ACCEPTED,
            False: Outcome.REFUSED,
            None: Outcome.UNKNOWN,
        }
        await self._write(
            number, lambda journal, entry: self._answer(journal, entry, outcome[receipt.ok], receipt.text)
        )

    def cut_off(self, number: int | None, why: str = CUT_OFF) -> None:
        """Write at once that the answer is not awaited any more."""
        if number is not None:
            try:
                self._answer(self.gateway.journal, number, Outcome.UNKNOWN, why)
            except JournalError as error:
                self._failed(error)

    async def happened(self, number: int | None, event_id: int, at: datetime) -> None:
        """Write which event of the history the call made."""
        await self._write(number, lambda journal, entry: journal.happened(entry, event_id, at))

    async def _write(self, number: int | None, write: Callable[[Journal, int], None]) -> None:
        if number is None:
            return
        try:
            await asyncio.to_thread(write, self.gateway.journal, number)
        except JournalError as error:
            self._failed(error)

    @staticmethod
    def _answer(journal: Journal, number: int, outcome: Outcome, text: str) -> None:
        journal.answered(number, outcome, text, datetime.now(UTC))

    def _failed(self, error: JournalError) -> None:
        log.warning("%s", error)
        self.gateway.journal_trouble(f"{error}; what is done now is missing in it")

    def _act(self, command: AnyCommand, call: CommandCall[object, BaseModel, BaseModel]) -> Act:
        business_id = command.business_id(call.target, call.payload)
        server = self.gateway.state.server
        return Act(
            at=datetime.now(UTC),
            who=self.gateway.person,
            acting_as=call.target.operator,
            login=login_name(default=""),
            server=server_of(server),
            namespace=server.namespace,
            action=command.name,
            title=command.title,
            noun=self.kind.noun,
            target=business_id,
            workflow_id=f"{self.kind.id_prefix}{business_id}",
            reason=reason_in(command, call.payload),
            call_id=call.call_id,
        )


def server_of(server: Server) -> str:
    """Return what tells a server from others. The embedded one of a data folder may get another port."""
    return EMBEDDED if server.embedded else server.address


def reason_in(command: AnyCommand, payload: BaseModel) -> str:
    """Return why somebody acts, as they typed it; empty if they did not say."""
    asked = (command.ask.field,) if isinstance(command.ask, Words) else ()
    values = (getattr(payload, name, None) for name in (*asked, *REASON_FIELDS))
    return next((value for value in values if isinstance(value, str) and value.strip()), "")
