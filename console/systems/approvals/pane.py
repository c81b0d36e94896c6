"""The approvals tab: what waits for whom, and the keys that decide."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar
from uuid import uuid4

from textual.binding import Binding, BindingType
from textual.content import Content

from console.design.tone import Tone
from console.dialogs.form import FormDialog
from console.dialogs.reason import ReasonDialog
from console.forms import FormLayout
from console.gateway.query import System
from console.gateway.rows import Row
from console.model import Cell, Column, PaneAction, Stage
from console.panes import cells
from console.panes.base import Handler, SystemPane, key_bindings
from console.panes.target import Target
from console.systems.approvals.details import amount_words, request_details
from workflows.approvals.client import ID_PREFIX, TASK_QUEUE, WORKFLOW_TYPE, ApprovalsClient, new_request_id
from workflows.approvals.models import (
    AddComment,
    ApprovalRequest,
    ApprovalState,
    ApprovalStatus,
    ApprovalView,
    Approve,
    Reject,
    Withdraw,
)
from workflows.approvals.outlook import outlook
from workflows.shared.actions import Viewer
from workflows.shared.errors import CallError

STAGES: tuple[Stage, ...] = (
    Stage(ApprovalStatus.IN_REVIEW, "in review", "◔", Tone.WAITING),
    Stage(ApprovalStatus.CHANGES_REQUESTED, "changes requested", "↩", Tone.WAITING, short="changes"),
    Stage(ApprovalStatus.APPROVED, "approved", "✔", Tone.DONE),
    Stage(ApprovalStatus.REJECTED, "rejected", "✖", Tone.STOPPED),
    Stage(ApprovalStatus.WITHDRAWN, "withdrawn", "↶", Tone.STOPPED),
    Stage(ApprovalStatus.EXPIRED, "expired", "◌", Tone.STOPPED),
)

ACTIONS = (
    PaneAction("n", "new", "New", names_target=False),
    PaneAction("a", "approve", "Approve"),
    PaneAction("r", "reject", "Reject"),
    PaneAction("m", "comment", "Comment"),
    PaneAction("w", "withdraw", "Withdraw"),
)

KINDS = ("leave", "expense", "hire", "purchase")
"""Kinds that the form proposes; any other may be typed."""

NEW_REQUEST = FormLayout(more=frozenset({"details", "levels"}), choices={"kind": KINDS})

CHANNEL = "console"
"""Where a decision was made, as the workflow keeps it."""

Send = Callable[[str], Awaitable[ApprovalState]]
"""Sends a decision with the words that go with it, and returns the state after it."""


def waiting_for(row: Row, _: datetime) -> Cell:
    """Return who must act now; nobody once it has ended, however it did."""
    return Cell("" if row.closed else " · ".join(row.waiting_for))


class ApprovalsPane(SystemPane[ApprovalView]):
    """Requests: in review, approved, rejected, withdrawn, expired."""

    system = System("approvals", WORKFLOW_TYPE, ID_PREFIX, TASK_QUEUE)
    title = "Approvals"
    noun = "request"
    needs = "It needs people who decide: tconsole store sample brings some"
    stages = STAGES
    actions = ACTIONS
    for_people = True
    columns = (
        Column("request", "request", 19, cells.ident, ident=True),
        Column("title", "title", 14, cells.title, flexible=True),
        Column("requester", "requester", 9, cells.owner, drop_order=3),
        Column("amount", "amount", 10, cells.money, align="right", drop_order=1),
        Column("kind", "kind", 16, cells.note, drop_order=4),
        Column("stage", "stage", 12, cells.stage(STAGES)),
        Column("waiting", "waiting for", 13, waiting_for, drop_order=2),
        Column("due", "due", 9, cells.due_in, align="right", live=True, drop_order=5),
        Column("in", "in", 4, cells.in_stage, align="right", live=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *key_bindings(ACTIONS),
        Binding("f", "for_you", "For you", id="for_you", tooltip="only what waits for you, or all again"),
    ]

    def client(self) -> ApprovalsClient:
        """Return the approvals' client."""
        return self.gateway.domain(ApprovalsClient)

    async def read(self, row: Row) -> ApprovalView:
        """Ask the request for its state and its audit trail."""
        client = self.client()
        return ApprovalView(
            state=await client.get_state(row.business_id), trail=await client.get_audit_trail(row.business_id)
        )

    def describe(self, row: Row, view: ApprovalView, width: int, now: datetime) -> Content:
        """Return the request's details."""
        stage = self.stage_named(view.state.status)  # not the row's: it stands still once it has left the list
        return request_details(
            view.state, view.trail, stage, operator=self.gateway.operator, width=width, now=now, ended=row.ended
        )

    def handlers(self) -> Mapping[str, Handler[ApprovalView]]:
        """Return what decides, comments and withdraws."""
        return {
            "approve": self._approve,
            "reject": self._reject,
            "comment": self._comment,
            "withdraw": self._withdraw,
        }

    def action_for_you(self) -> None:
        """Show only what waits for the operator, or all again."""
        wanted = f"for:{self.gateway.operator}"
        shown = self._filter_line.value != wanted
        self._filter_line.value = wanted if shown else ""
        self._filter_line.display = shown

    async def create(self) -> None:
        """Ask for a new request and start it."""

        async def start(request: ApprovalRequest) -> None:
            async def call() -> str:
                self.select_when_listed(await self.client().start(request))
                return f"{request.kind} of {request.requester}: {request.title}"

            await self.send("new request", request.request_id, call(), workflow_id=f"{ID_PREFIX}{request.request_id}")

        initial = {"request_id": new_request_id(datetime.now(UTC)), "requester": self.gateway.operator}
        dialog = FormDialog(ApprovalRequest, "New request", initial, "Create request", layout=NEW_REQUEST, submit=start)
        await self.app.push_screen_wait(dialog)

    async def _approve(self, target: Target[ApprovalView]) -> None:
        key = _key()

        async def send(comment: str) -> ApprovalState:
            approve = Approve(
                approver=self.gateway.operator,
                comment=comment or None,
                version=target.view.state.version,
                channel=CHANNEL,
            )
            return await self.client().approve(target.business_id, approve, update_id=key)

        await self._ask_words("Approve", target, send, label="Comment", required=False)

    async def _reject(self, target: Target[ApprovalView]) -> None:
        key = _key()

        async def send(reason: str) -> ApprovalState:
            reject = Reject(
                approver=self.gateway.operator, reason=reason, version=target.view.state.version, channel=CHANNEL
            )
            return await self.client().reject(target.business_id, reject, update_id=key)

        await self._ask_words("Reject", target, send, danger=True)

    async def _comment(self, target: Target[ApprovalView]) -> None:
        key = _key()

        async def send(text: str) -> ApprovalState:
            comment = AddComment(author=self.gateway.operator, text=text)
            return await self.client().comment(target.business_id, comment, update_id=key)

        await self._ask_words("Comment", target, send, label="Comment")

    async def _withdraw(self, target: Target[ApprovalView]) -> None:
        key = _key()

        async def send(reason: str) -> ApprovalState:
            withdraw = Withdraw(requester=self.gateway.operator, reason=reason)
            return await self.client().withdraw(target.business_id, withdraw, update_id=key)

        await self._ask_words("Withdraw", target, send, danger=True)

    async def _ask_words(
        self,
        title: str,
        target: Target[ApprovalView],
        send: Send,
        *,
        label: str = "Reason",
        required: bool = True,
        danger: bool = False,
    ) -> None:
        """Ask for the words that go with a decision, and send it with them."""

        async def submit(words: str) -> None:
            async def call() -> str:
                state = await send(words)
                await self._show_state(target, state)
                return outcome(state, self.gateway.operator)

            await self.send(title.lower(), target.business_id, call(), workflow_id=target.row.key.workflow_id)

        dialog = ReasonDialog(
            f"{title} request" if label == "Reason" else title,
            named(target.view.state),
            target.effect,
            required=required,
            label=label,
            accept=title,
            danger=danger,
            submit=submit,
        )
        await self.app.push_screen_wait(dialog)

    async def _show_state(self, target: Target[ApprovalView], state: ApprovalState) -> None:
        client, viewer = self.client(), Viewer(person=self.gateway.operator)
        with suppress(CallError):  # it is done; what cannot be read now is read with the next look
            trail = await client.get_audit_trail(target.business_id)
            actions = await client.get_actions(target.row.key.workflow_id, viewer)
            self.show_answer(target.row, ApprovalView(state=state, trail=trail), actions)


def named(state: ApprovalState) -> str:
    """Return which request it is, in full."""
    request = state.request
    parts = (state.request_id, request.title, request.kind, amount_words(request), f"by {request.requester}")
    return " · ".join(part for part in parts if part)


def outcome(state: ApprovalState, operator: str) -> str:
    """Return how the request stands after an update, in one line."""
    told = outlook(state, operator)
    return f"still needs {told.words}" if told.passes else told.words


def _key() -> str:
    return f"console-{uuid4().hex}"
