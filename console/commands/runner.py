"""Runs a command from the screen: dialog, call, receipt."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from textual.dom import DOMNode

from console.commands.basis import Basis, ChangedError, NotSeenError, NotSentError
from console.commands.command import AnyCommand, CommandCall, CommandResult, Confirmation, Form, Target, Words
from console.design.times import clock
from console.dialogs.base import Dialog, Question
from console.dialogs.confirm import ConfirmDialog
from console.forms.layout import FormLayout
from console.forms.titles import in_titles
from console.gateway.gateway import Gateway
from console.notice import Notice, Receipt, ReceiptNote
from workflows.shared.client import WorkflowClient
from workflows.shared.errors import AlreadyExistsError, CallError, DisconnectedError, NoAnswerError
from workflows.shared.snapshot import Snapshot

if TYPE_CHECKING:
    from console.journal.recorder import Recorder

AnyCall = CommandCall[Any, Any, Any]


async def perform(
    recorder: "Recorder", command: AnyCommand, call: AnyCall
) -> tuple[Receipt, CommandResult[Any] | None]:
    """Make a call that changes something, and record it. Return its receipt, and its result unless it failed."""
    number = await recorder.sent(command, call)
    started = time.monotonic()
    result, ok, text = None, None, ""
    failure: CallError | None = None
    try:
        result = await command.run(call)
        ok, text = result.accepted, result.text
    except (NoAnswerError, DisconnectedError) as error:
        text, failure = f"it may still have taken effect: {error}", error
    except CallError as error:
        ok, text, failure = False, str(error), error
    except BaseException:  # the console ends, or the answer is one that nobody expected
        recorder.cut_off(number)
        raise
    seconds = time.monotonic() - started
    receipt = Receipt(ok, command.verb, command.business_id(call.target, call.payload), text, seconds, number, failure)
    await recorder.answered(number, receipt, result)
    return receipt, result


def new_call_id() -> str:
    """Return an ID under which a call takes effect once, however often it is sent."""
    return f"console-{uuid4().hex}"


@dataclass
class CommandRun:
    """One run of a command. Sent again after a missing answer, it takes effect once.

    ``node`` is the pane or screen it is run from. ``answered`` shows its result, None if no answer came, and returns
    the workflow as it is then, if that was read. ``basis`` is what the operator decides on, and ``look`` reads it anew.
    ``sending`` is entered until the result is shown. One of ``commands`` may take it back.
    """

    node: DOMNode
    gateway: Gateway
    client: type[WorkflowClient]
    command: AnyCommand
    basis: Basis
    answered: Callable[[CommandResult[Any] | None], Awaitable[Snapshot[Any] | None]]
    look: Callable[[], Awaitable[Basis]] | None = None
    sending: Callable[[], AbstractContextManager[None]] = nullcontext
    commands: Sequence[AnyCommand] = ()
    call_id: str = field(default_factory=new_call_id)

    def __post_init__(self) -> None:
        self._unchecked = False

    @property
    def target(self) -> Target[Any]:
        """What it acts on, as the operator has seen it."""
        return self.basis.target

    async def start(self) -> None:
        """Ask what has to be asked, and send the command. To be called from a worker.

        Raises:
            CallError: a command without a dialog was refused, or got no answer.
        """
        dialog = self._dialog()
        if dialog is None:
            await self._send_unasked()
        else:
            await self.node.app.push_screen_wait(dialog)

    async def _send_unasked(self) -> None:
        """Send a command that asks nothing; if it is not any more what the screen showed, ask after all."""
        try:
            await self.send(None)
        except (ChangedError, NotSeenError) as error:
            effect = "\n".join([str(error), *filter(None, [self.target.effect])])
            command = self.command
            question = Question(command.title, self.target.named, effect, command.accept, submit=self.send)
            await self.node.app.push_screen_wait(ConfirmDialog(question))
        except NotSentError as error:
            self.node.post_message(Notice(f"{self.command.verb} {self.target.business_id}: {error}", refused=True))

    async def send(self, answer: Any) -> None:  # noqa: ANN401 - what the dialog returns
        """Send the command with the ``answer`` of its dialog, and show its receipt and result.

        Raises:
            ValidationError: the answer does not fit the payload.
            ChangedError: it acts on something that has changed since the operator was asked.
            CallError: the command was refused, or got no answer.
        """
        await self._check()
        command, target = self.command, self.target
        payload = await command.checked_payload(self.gateway.domain(self.client), target, answer)
        if command.preview is not None and command.confirms(target, payload):
            await self._confirm(await command.preview(self._call(payload)))
            await self._check()
        call, snapshot = self._call(payload), None
        self.node.post_message(Notice(f"{command.verb} {command.business_id(target, payload)}: sent"))
        with self.sending():
            receipt, result = await perform(self._recorder, command, call)
            self.node.post_message(Notice(self._shown(receipt)))
            if result is not None or receipt.ok is None:
                snapshot = await self.answered(result)
        if receipt.ok:
            self.node.app.run_worker(self._follow_up(call, receipt, result, snapshot), exit_on_error=False)
        self._unchecked = receipt.ok is None  # it may have changed by this very call, which is sent once more
        if receipt.ok is False:
            self.call_id = new_call_id()  # the old one would get the same refusal again
        if not receipt.ok:
            raise (AlreadyExistsError if isinstance(receipt.error, AlreadyExistsError) else CallError)(receipt.text)

    async def _check(self) -> None:
        """Look again before anything is sent: it is what was decided on, or it is shown as it is now."""
        if self.look is None or self._unchecked:
            return
        try:
            now = await self.look()
        except CallError as error:
            self._unchecked = True
            words = f"nothing was sent, its state is not known: {error}\nctrl+s sends it all the same"
            raise NotSeenError(words) from None
        if not now.state.allowed:
            raise NotSentError(f"nothing was sent, it is not possible any more: {now.state.why}")
        changes = self.basis.changes(now)
        self.basis = now
        if changes:
            raise ChangedError(now, changes)

    async def _follow_up(
        self, call: AnyCall, receipt: Receipt, result: CommandResult[Any] | None, snapshot: Snapshot[Any] | None
    ) -> None:
        """Say below the receipt which event the call made, and what takes it back. Nobody waits for that."""
        from console.journal.undo import undo_of

        notes, mark = ["applied" if result is not None and result.applied else "not known to be applied yet"], None
        if not self.command.creates:
            with suppress(CallError):  # the receipt stands without it
                mark = await self.gateway.event_of(f"{self.client.id_prefix}{receipt.target}", call.call_id)
        if mark is not None:
            notes.append(f"event {mark.event_id} at {clock(mark.at, datetime.now(UTC))}")
            await self._recorder.happened(receipt.number, mark.event_id, mark.at)
        undo = undo_of(self.command.name, snapshot.actions, self.commands) if snapshot is not None else None
        back = [f"J and u: {undo.command.verb}"] if undo is not None and undo.command is not None else []
        # On the receipt's own way: what is posted to the app at once comes before it on a busy machine.
        self.node.post_message(ReceiptNote(receipt.number, " · ".join([", ".join(notes), *back])))

    @property
    def _recorder(self) -> "Recorder":
        from console.journal.recorder import Recorder

        return Recorder(self.gateway, self.client)

    def _shown(self, receipt: Receipt) -> Receipt:
        """Return a receipt whose fields are called as in the form."""
        return receipt if receipt.ok else replace(receipt, text=in_titles(receipt.text, self.command.payload))

    def _call(self, payload: Any) -> CommandCall[Any, Any, Any]:  # noqa: ANN401 - any command's payload
        return CommandCall(self.gateway.domain(self.client), self.target, payload, self.call_id)

    async def _preview(self, payload: Any) -> str:  # noqa: ANN401 - any command's payload
        """Return what the payload would do. Raises ``CallError``."""
        preview = self.command.preview
        return await preview(self._call(payload)) if preview else ""

    async def _confirm(self, effect: str) -> None:
        question = Question(self.command.title, self.target.named, effect, danger=True)
        if not await self.node.app.push_screen_wait(ConfirmDialog(question)):
            raise CallError("nothing was sent")

    def _dialog(self) -> Dialog[Any] | None:
        command, target = self.command, self.target
        danger = command.dangerous
        question = Question(command.title, target.named, target.effect, command.accept, danger, submit=self.send)
        match command.ask:
            case Form() as form:
                from console.dialogs.form import FormDialog  # its widgets take 30 ms to import

                fixed, choices = command.fixed(target), form.choices(target)
                layout = FormLayout(fixed, form.more, choices, command.creates)
                preview = self._preview if command.preview else None
                look_up = partial(form.look_up, self.gateway.domain(self.client)) if form.look_up else None
                return FormDialog(question, command.payload, form.begin(target), layout, preview, look_up)
            case Words() as words:
                from console.dialogs.reason import ReasonDialog

                return ReasonDialog(question, words.label, required=words.required)
            case Confirmation():
                return ConfirmDialog(question)
            case None:
                return None
