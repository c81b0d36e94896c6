"""One command on many workflows: each is asked by itself, and answers by itself. It knows no widget."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from console.commands.basis import Basis
from console.commands.command import AnyCommand, CommandCall, CommandResult, Form
from console.commands.runner import new_call_id, perform
from console.dialogs.base import refusal_words
from console.gateway.rows import Row
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError
from workflows.shared.money import format_money

if TYPE_CHECKING:
    from console.journal.recorder import Recorder

AT_A_TIME = 4
"""Concurrent calls: a server and its other users keep most of their budget."""


def why_not_for_many(command: AnyCommand, noun: str) -> str:
    """Return why a command cannot be run on many workflows at once, empty if it can."""
    if isinstance(command.ask, Form):
        return f"since its fields differ from {noun} to {noun}; esc takes the marks away"
    return ""


class ItemStatus(StrEnum):
    """How far one workflow of the batch is."""

    READING = "reading"
    READY = "ready"
    ILLEGAL = "not possible"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    """Refused, or without an answer; it can be sent again."""


@dataclass(eq=False)
class BatchItem:
    """One workflow, what the action would do to it, and later its answer."""

    row: Row
    status: ItemStatus = ItemStatus.READING
    text: str = ""
    basis: Basis | None = None
    """What the operator decides on; None while it cannot be sent."""
    unanswered: bool = False
    """Whether it was sent and may have taken effect: then it is sent once more, whatever it is now."""
    call_id: str = field(default_factory=new_call_id)


@dataclass
class Batch:
    """The command on each of ``rows``.

    ``recorder`` writes the journal, ``look`` returns what a decision on a workflow rests on, ``answered`` shows a
    result in the list, and ``changed`` is called with each item that has changed.
    """

    command: AnyCommand
    noun: str
    client: Callable[[], Any]
    recorder: "Recorder"
    rows: Sequence[Row]
    look: Callable[[Row], Awaitable[Basis]]
    answered: Callable[[Row, CommandResult[Any]], None]
    changed: Callable[[BatchItem], None] = lambda _: None

    def __post_init__(self) -> None:
        self.items = [BatchItem(row) for row in self.rows]
        self._stopped = False

    @property
    def open_items(self) -> list[BatchItem]:
        """Those that can be sent."""
        return [item for item in self.items if item.status in {ItemStatus.READY, ItemStatus.FAILED} and item.basis]

    @property
    def done(self) -> list[Row]:
        """The workflows that took it."""
        return [item.row for item in self.items if item.status is ItemStatus.DONE]

    @property
    def left(self) -> list[Row]:
        """The others."""
        return [item.row for item in self.items if item.status is not ItemStatus.DONE]

    def words(self) -> str:
        """Return what is about to be done, with the sum of the amounts."""
        ready = self.open_items
        reading = sum(item.status is ItemStatus.READING for item in self.items)
        left_out = sum(item.status is ItemStatus.ILLEGAL for item in self.items)
        sums = Counter[str]()
        for item in ready:
            if item.row.amount is not None and item.row.currency:
                sums[item.row.currency] += item.row.amount
        money = " and ".join(format_money(amount, currency) for currency, amount in sorted(sums.items()))
        words = f"{self.command.verb}: {number_of(len(ready), self.noun)}{f', {money} in all' if money else ''}"
        words += f"; not possible for {left_out}" if left_out else ""
        return f"{words}; reading {reading} more …" if reading else words

    async def read_all(self) -> None:
        """Ask each workflow what the command would do to it."""
        await self._each(self.items, self._read)

    async def send(self, answers: Mapping[str, Any]) -> None:
        """Send the command to all that can take it; ``answers`` are what was asked, by workflow ID.

        Raises:
            CallError: some were refused, or got no answer, or were not sent any more.
        """
        self._stopped = False
        items = self.open_items
        await self._each(items, lambda item: self._send(item, answers.get(item.row.key.workflow_id)))
        done, left = sum(item.status is ItemStatus.DONE for item in items), len(self.open_items)
        if done < len(items):
            again = f"; ctrl+s sends {number_of(left, 'other', 'others')} again" if left else ""
            raise CallError(f"{done} of {len(items)} done{again}; esc leaves")

    def stop(self) -> None:
        """Send no further ones."""
        self._stopped = True

    async def _each(self, items: Sequence[BatchItem], work: Callable[[BatchItem], Awaitable[None]]) -> None:
        gate = asyncio.Semaphore(AT_A_TIME)

        async def one(item: BatchItem) -> None:
            async with gate:
                await work(item)
            self.changed(item)

        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))

    async def _read(self, item: BatchItem) -> None:
        try:
            basis = await self.look(item.row)
        except CallError as error:
            item.status, item.text = ItemStatus.ILLEGAL, str(error)
        else:
            self._take(item, basis)

    def _take(self, item: BatchItem, basis: Basis) -> None:
        if basis.state.allowed:
            item.status, item.text, item.basis = ItemStatus.READY, basis.state.effect, basis
        else:
            item.status, item.text = ItemStatus.ILLEGAL, basis.state.why

    async def _look_again(self, item: BatchItem, refusal: str) -> None:
        """Show what a refused one has become: what is sent next is bound to that, not to what was seen before."""
        await self._read(item)
        if item.status is ItemStatus.READY:
            item.status, item.text = ItemStatus.FAILED, f"{refusal}; now: {item.text}"
        else:
            item.text = refusal

    async def _stands(self, item: BatchItem, before: Basis) -> bool:
        """Return whether an item is still what was decided on; else show what it has become, and send nothing."""
        try:
            now = await self.look(item.row)
        except CallError as error:
            item.status, item.text = ItemStatus.FAILED, f"nothing was sent, its state is not known: {error}"
            return False
        self._take(item, now)
        if now.state.allowed and (changes := before.changes(now)):
            item.status, item.text = ItemStatus.FAILED, f"changed meanwhile: {'; '.join(changes)}; now: {item.text}"
        return item.status is ItemStatus.READY

    async def _send(self, item: BatchItem, answer: object) -> None:
        basis, command = item.basis, self.command
        if self._stopped or basis is None:
            return
        item.status = ItemStatus.SENDING
        self.changed(item)
        if not item.unanswered and not await self._stands(item, basis):
            return
        item.status, target = ItemStatus.SENDING, (item.basis or basis).target
        try:
            payload = await command.checked_payload(self.client(), target, answer)
        except ValidationError as error:
            item.status, item.text = ItemStatus.FAILED, refusal_words(error)
            return
        call = CommandCall(self.client(), target, payload, item.call_id)
        receipt, result = await perform(self.recorder, command, call)
        item.status, item.text = ItemStatus.DONE if receipt.ok else ItemStatus.FAILED, receipt.text
        item.unanswered = receipt.ok is None
        if receipt.ok is False:
            item.call_id = new_call_id()  # the old one would get the same refusal again
            await self._look_again(item, receipt.text)
        if result is not None:
            self.answered(item.row, result)
