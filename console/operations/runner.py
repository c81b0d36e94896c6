"""Runs an operation from a screen: choice, dialog, call, journal, receipt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from textual.dom import DOMNode

from console.commands.command import AnyCommand, CommandCall, CommandResult, Target
from console.commands.runner import new_call_id, perform
from console.design.times import clock
from console.dialogs.base import Question
from console.gateway.gateway import Gateway
from console.gateway.rows import RowKey
from console.notice import Notice, Receipt, ReceiptNote
from console.operations.dialog import OperationDialog
from console.operations.look import Look, look
from console.operations.operation import Decision, Offer, command_of, offers
from console.operations.points import ResetPoint, reset_points
from console.operations.screen import OperationsScreen
from console.operations.words import offer_words
from console.systems.system import ConsoleSystem
from workflows.shared.errors import CallError

CHANGED = "it has changed meanwhile, so nothing was sent: read what it does now, and accept again"


@dataclass
class OperationRun:
    """One operation on the run that ``look`` has seen; ``done`` shows what is after it."""

    node: DOMNode
    gateway: Gateway
    look: Look
    offer: Offer
    done: Callable[[], object]

    def __post_init__(self) -> None:
        self._call_id = new_call_id()
        self._dialog: OperationDialog | None = None

    async def start(self) -> None:
        """Ask, and do it. To be called from a worker. Raises ``CallError``."""
        operation, now = self.offer.operation, datetime.now(UTC)
        points = await self._points() if operation.resets else []
        target = f"{self.look.named} · run {self.look.key.run_id}"
        question = Question(operation.title, target, offer_words(self.offer, self.look, now))
        self._dialog = OperationDialog(question, operation, self.look.row.business_id, points, self.send)
        await self.node.app.push_screen_wait(self._dialog)

    async def _points(self) -> Sequence[ResetPoint]:
        events = await self.gateway.operations(self.look.key).latest_events()
        system, snapshot = self.look.system, self.look.snapshot
        entries = system.timeline(snapshot.view) if system.timeline is not None and snapshot is not None else ()
        return reset_points(events, entries)

    async def send(self, decision: Decision) -> None:
        """Do what was decided, if the run is as it was then.

        Raises:
            CallError: it was refused, or has changed, or no answer came.
        """
        await self._look_again()
        system, one = self.look.system, self.look
        first = RowKey(one.key.workflow_id, one.server.first_run_id)
        command = command_of(self.offer.operation, self.gateway, one.key, first, one.meaning, system.client)
        target: Target[Any] = Target(self.gateway.operator, one.row.business_id, None)
        client = self.gateway.domain(system.client)
        call: CommandCall[Any, Any, Any] = CommandCall(client, target, decision, self._call_id)
        self.node.post_message(Notice(f"{command.verb} {one.row.business_id}: sent"))
        receipt, result = await self._perform(command, call)
        self.node.post_message(Notice(receipt))
        self.done()
        if not receipt.ok:
            if receipt.ok is False:
                self._call_id = new_call_id()  # the old one would get the same refusal again
            raise CallError(receipt.text)
        self.node.app.run_worker(self._note(receipt, command, result), exit_on_error=False)

    async def _look_again(self) -> None:
        """Refuse to act on what is not any more what was decided on."""
        now = datetime.now(UTC)
        after = await look(self.gateway, self.look.system, self.look.key)
        same = after.basis(now) == self.look.basis(now)
        self.look = after
        found = offers(
            after.server.run,
            after.meaning,
            can_pause=after.can_pause,
            latest=after.latest,
            read_only=self.gateway.read_only,
        )
        offer = next((each for each in found if each.operation is self.offer.operation), None)
        if offer is None or offer.why_not:
            raise CallError(offer.why_not if offer is not None else f"it is {after.server.run.status} now")
        self.offer = offer
        if not same:
            if self._dialog is not None:
                self._dialog.show_effect(offer_words(offer, after, now))
            raise CallError(CHANGED)

    async def _perform(
        self, command: AnyCommand, call: CommandCall[Any, Any, Any]
    ) -> tuple[Receipt, CommandResult[Any] | None]:
        from console.journal.recorder import Recorder

        return await perform(Recorder(self.gateway, self.look.system.client), command, call)

    async def _note(self, receipt: Receipt, command: AnyCommand, result: CommandResult[Any] | None) -> None:
        """Say below the receipt which event it made."""
        from console.gateway.operations import MADE_BY
        from console.journal.recorder import Recorder

        words = "applied" if result is not None and result.applied else "not known to be applied yet"
        if command.name in MADE_BY:
            try:
                mark = await self.gateway.operations(self.look.key).event_of(command.name)
            except CallError:
                mark = None  # the receipt stands without it
            if mark is not None:
                words += f", event {mark.event_id} at {clock(mark.at, datetime.now(UTC))}"
                recorder = Recorder(self.gateway, self.look.system.client)
                await recorder.happened(receipt.number, mark.event_id, mark.at)
        self.node.post_message(ReceiptNote(receipt.number, words))  # the receipt's own way, so that it comes later


async def operate(
    node: DOMNode, gateway: Gateway, system: ConsoleSystem[Any, Any], key: RowKey, done: Callable[[], object]
) -> None:
    """Ask which operation is done to a run, and do it. To be called from a worker.

    Raises:
        CallError: it was refused, or no answer came.
    """
    screen = OperationsScreen(key.workflow_id, partial(look, gateway, system, key), read_only=gateway.read_only)
    if (chosen := await node.app.push_screen_wait(screen)) is not None:
        one, offer = chosen
        await OperationRun(node, gateway, one, offer, done).start()
