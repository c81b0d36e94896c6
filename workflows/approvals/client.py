"""Typed calls to the approvals system from outside: the one place that knows its IDs and handler names."""

import asyncio
import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio.client import Client

from workflows.approvals.attempt_models import AttemptLookup, KeptAttempts, RefusedAttempt
from workflows.approvals.attempts import AttemptLimit
from workflows.approvals.models import (
    POLICY_WRONG,
    ApprovalRequest,
    ApprovalState,
    ApprovalStatus,
    AuditEntry,
    AuditTrail,
    Explanation,
    PersonAnswer,
    PersonLookup,
    Refusals,
)
from workflows.approvals.slack.models import SlackLookup, SlackState
from workflows.approvals.updates import (
    AddComment,
    Approve,
    Ask,
    Attach,
    Delegate,
    ExtendDeadline,
    NoteRefusal,
    Reassign,
    Reject,
    RequestChanges,
    Resubmit,
    Retract,
    RetryApply,
    SettleApply,
    Snooze,
    Withdraw,
)
from workflows.runtime.signing import signing_person
from workflows.shared.client import CALL_TIMEOUT, WorkflowClient
from workflows.shared.errors import CallError, ClosedError, NoAnswerError, NotFoundError, RefusedError
from workflows.shared.fields import Identifier
from workflows.shared.inputs import MAX_LINE, one_line, printable

TASK_QUEUE = "hr-approval-queue"
WORKFLOW_TYPE = "ApprovalWorkflow"
ID_PREFIX = "approval-"
LOOKUP_TYPE = "PersonLookupWorkflow"
LOOKUP_ID_PREFIX = "person-lookup-"
SLACK_LOOKUP_TYPE = "SlackLookupWorkflow"
SLACK_LOOKUP_ID_PREFIX = "slack-lookup-"
ATTEMPT_TYPE = "RefusedAttemptWorkflow"
ATTEMPT_ID_PREFIX = "refused-attempt-"
ATTEMPT_LOOKUP_TYPE = "AttemptLookupWorkflow"
ATTEMPT_LOOKUP_ID_PREFIX = "attempt-lookup-"
KEPT_WITHIN = timedelta(days=1)
"""How long a refused attempt waits for a worker, and for the store."""
POLL_INTERVAL = 0.05


def workflow_id(request_id: str) -> str:
    """Return the workflow ID of a request."""
    return f"{ID_PREFIX}{request_id}"


def lookup_id(person_id: str) -> str:
    """Return the workflow ID of a person's look-up: with the person's ID in it if that fits, otherwise a hash."""
    try:
        return LOOKUP_ID_PREFIX + TypeAdapter[str](Identifier).validate_python(person_id)
    except ValidationError:
        return LOOKUP_ID_PREFIX + hashlib.sha256(person_id.encode()).hexdigest()


def new_request_id(now: datetime) -> str:
    """Return a request ID made of the time, such as ``REQ-20250131-153022``."""
    return f"REQ-{now:%Y%m%d-%H%M%S}"


PERSON_FIELDS = ("approver", "requester", "author", "by")
"""Fields of an update that say whose it is; each update has one."""


class ApprovalsClient(WorkflowClient):
    """Starts approvals, sends them updates and asks them questions."""

    workflow_type = WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "request"
    id_prefix = ID_PREFIX

    def __init__(self, client: Client, *, task_queue: str | None = None) -> None:
        super().__init__(client, task_queue=task_queue)
        self._attempts = AttemptLimit()

    async def start(self, request: ApprovalRequest) -> str:
        """Start an approval, wait until its first level is open, and return its workflow ID.

        Raises ``AlreadyExistsError`` for an ID in use, ``RefusedError`` when nobody can decide the request, and
        ``NoAnswerError`` when it was started and nobody said in time whether it may go on.
        """
        started = workflow_id(request.request_id)
        await self._start(started, request)
        try:
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                await self._until_open(request.request_id)
        except TimeoutError as error:
            raise NoAnswerError(
                f"request {request.request_id} is started, but its first level is not open after"
                f" {CALL_TIMEOUT.seconds} s; is a worker running? Look at its state before trying again"
            ) from error
        return started

    async def person(self, person_id: str) -> PersonAnswer:
        """Ask the company's directory for a person, and who else there is; nobody has an ID that no ID can be."""
        try:
            lookup = PersonLookup(person_id=person_id, people=True)
        except ValidationError:
            return PersonAnswer(person_id=person_id, known=False)
        unknown = f"the directory did not say who {person_id} is"
        return await self._ask(LOOKUP_TYPE, lookup_id(lookup.person_id), lookup, PersonAnswer, unknown)

    async def slack_state(self, request_id: str) -> SlackState:
        """Ask what Slack shows of a request: the state of each message, and each click that was refused, and why.

        It is empty for a request that nobody knows, and after Slack was never on.
        """
        lookup = SlackLookup(request_id=request_id)
        unknown = f"the store did not say what Slack shows of {request_id}"
        started = SLACK_LOOKUP_ID_PREFIX + request_id
        return await self._ask(SLACK_LOOKUP_TYPE, started, lookup, SlackState, unknown)

    async def approve(self, request_id: str, payload: Approve, *, update_id: str | None = None) -> ApprovalState:
        """Approve an open level. Raises ``RefusedError`` with the workflow's words, as all updates do."""
        return await self._decide(request_id, "approve", payload, update_id)

    async def reject(self, request_id: str, payload: Reject, *, update_id: str | None = None) -> ApprovalState:
        """Reject an open level."""
        return await self._decide(request_id, "reject", payload, update_id)

    async def retract(self, request_id: str, payload: Retract, *, update_id: str | None = None) -> ApprovalState:
        """Take one's vote back."""
        return await self._decide(request_id, "retract", payload, update_id)

    async def request_changes(
        self, request_id: str, payload: RequestChanges, *, update_id: str | None = None
    ) -> ApprovalState:
        """Send the request back to its requester."""
        return await self._decide(request_id, "request_changes", payload, update_id)

    async def resubmit(self, request_id: str, payload: Resubmit, *, update_id: str | None = None) -> ApprovalState:
        """Send in a new version."""
        return await self._decide(request_id, "resubmit", payload, update_id)

    async def withdraw(self, request_id: str, payload: Withdraw, *, update_id: str | None = None) -> ApprovalState:
        """Take the request back."""
        return await self._decide(request_id, "withdraw", payload, update_id)

    async def comment(self, request_id: str, payload: AddComment, *, update_id: str | None = None) -> ApprovalState:
        """Say something about the request."""
        return await self._decide(request_id, "comment", payload, update_id)

    async def ask(self, request_id: str, payload: Ask, *, update_id: str | None = None) -> ApprovalState:
        """Ask somebody a question."""
        return await self._decide(request_id, "ask", payload, update_id)

    async def attach(self, request_id: str, payload: Attach, *, update_id: str | None = None) -> ApprovalState:
        """Attach a link to a file."""
        return await self._decide(request_id, "attach", payload, update_id)

    async def delegate(self, request_id: str, payload: Delegate, *, update_id: str | None = None) -> ApprovalState:
        """Let somebody else vote in one's place."""
        return await self._decide(request_id, "delegate", payload, update_id)

    async def reassign(self, request_id: str, payload: Reassign, *, update_id: str | None = None) -> ApprovalState:
        """Give a seat to somebody else."""
        return await self._decide(request_id, "reassign", payload, update_id)

    async def snooze(self, request_id: str, payload: Snooze, *, update_id: str | None = None) -> ApprovalState:
        """Not be waited for until a moment."""
        return await self._decide(request_id, "snooze", payload, update_id)

    async def extend_deadline(
        self, request_id: str, payload: ExtendDeadline, *, update_id: str | None = None
    ) -> ApprovalState:
        """Give an open level more time."""
        return await self._decide(request_id, "extend_deadline", payload, update_id)

    async def retry_apply(self, request_id: str, payload: RetryApply, *, update_id: str | None = None) -> ApprovalState:
        """Try again what follows from the approval."""
        return await self._decide(request_id, "retry_apply", payload, update_id)

    async def settle_apply(
        self, request_id: str, payload: SettleApply, *, update_id: str | None = None
    ) -> ApprovalState:
        """Note that what follows from the approval was done by hand."""
        return await self._decide(request_id, "settle_apply", payload, update_id)

    async def get_state(self, request_id: str) -> ApprovalState:
        """Return the whole state."""
        return await self._query(workflow_id(request_id), "get_state", ApprovalState)

    async def explain(self, request_id: str) -> Explanation:
        """Return who must still act, and what happens if nobody does."""
        return await self._query(workflow_id(request_id), "explain", Explanation)

    async def get_audit_trail(self, request_id: str) -> AuditTrail:
        """Return everything that happened, hash-chained, and beside it the refused attempts that only the store has.

        There may be only these, of a request whose start was refused as it came.
        """
        try:
            trail = await self._query(workflow_id(request_id), "get_audit_trail", AuditTrail)
        except NotFoundError:
            attempts = await self.attempts(request_id)
            if not attempts:
                raise
            return AuditTrail(request_id=request_id, entries=[], attempts=attempts)
        return trail.model_copy(update={"attempts": await self.attempts(request_id)})

    async def attempts(self, request_id: str) -> list[AuditEntry]:
        """Return the refused attempts beside the trail: before the request began, and after it had ended."""
        lookup = AttemptLookup(request_id=request_id)
        unknown = f"the store did not say which attempts it has of {request_id}"
        started = ATTEMPT_LOOKUP_ID_PREFIX + request_id
        return (await self._ask(ATTEMPT_LOOKUP_TYPE, started, lookup, KeptAttempts, unknown)).entries

    async def _decide(self, request_id: str, name: str, payload: BaseModel, update_id: str | None) -> ApprovalState:
        """Send an update; one that is refused is noted in the request's trail, or beside it once it has ended."""
        try:
            return await self._update(workflow_id(request_id), name, payload, ApprovalState, update_id=update_id)
        except RefusedError as error:
            if error.kind in set(Refusals):
                await self._note_refusal(request_id, name, payload, error.kind, error)
            raise
        except ClosedError as error:
            await self._note_refusal(request_id, name, payload, Refusals.CLOSED, error)
            raise ClosedError(f"{error}{await self._how_it_ended(request_id)}") from error

    async def _how_it_ended(self, request_id: str) -> str:
        """Return what became of a request that has ended, and who voted last; empty if nobody answers."""
        try:
            state = await self.get_state(request_id)
        except CallError:
            return ""
        votes = [vote for level in state.levels for vote in level.votes]
        last = max(votes, key=lambda vote: vote.at).approver if votes else ""
        by_vote = state.status in {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED} and last
        return f": it is {state.status.lower()}{f', the last vote was by {last}' if by_vote else ''}"

    async def _note_refusal(
        self, request_id: str, name: str, payload: BaseModel, kind: str, error: RefusedError | ClosedError
    ) -> None:
        named = next(str(getattr(payload, field)) for field in PERSON_FIELDS if hasattr(payload, field))
        by = signing_person(self._client) or named  # who signs is who tries, whomever the update names
        channel = getattr(payload, "channel", None)
        reason = printable(str(error), MAX_LINE)
        await self.note_refusal(request_id, NoteRefusal(update=name, by=by, type=kind, reason=reason, channel=channel))

    async def note_invalid(
        self, request_id: str, update: str, by: str, error: ValidationError, *, channel: str | None = None
    ) -> None:
        """Note an update that was not sent, since what somebody gave fits no payload: which field, and why."""
        reason = one_line(error)
        note = NoteRefusal(update=update, by=by, type=Refusals.INVALID_REQUEST, reason=reason, channel=channel)
        await self.note_refusal(request_id, note)

    async def note_refusal(self, request_id: str, note: NoteRefusal) -> None:
        """Keep what was refused: in the request's trail, or beside it in the store once it has ended."""
        if not self._attempts.may_note(request_id, note.by):
            return
        with suppress(CallError):  # nobody answers: the refusal itself is known to the caller
            try:
                await self._signal(workflow_id(request_id), "note_refusal", note)
            except ClosedError:
                await self._keep_attempt(request_id, note)

    async def _keep_attempt(self, request_id: str, note: NoteRefusal) -> None:
        """Hand an attempt to the workers; it waits for them, and nobody waits for it."""
        attempt_id = str(uuid4())
        started = f"{ATTEMPT_ID_PREFIX}{attempt_id}"
        with self._clear_errors(started):
            await self._client.start_workflow(
                ATTEMPT_TYPE,
                RefusedAttempt(attempt_id=attempt_id, request_id=request_id, refusal=note),
                id=started,
                task_queue=self._task_queue,
                execution_timeout=KEPT_WITHIN,
                rpc_timeout=CALL_TIMEOUT,
            )

    async def _until_open(self, request_id: str) -> None:
        """Return when the first level is open.

        Raises ``RefusedError`` if the workflow has failed, ``NoAnswerError`` if it waits until the policy is right.
        """
        while True:
            with suppress(NoAnswerError):  # a worker that is busy, or comes later, answers the next time
                state = await self.get_state(request_id)
                if state.status != ApprovalStatus.IN_REVIEW:
                    with self._clear_errors(workflow_id(request_id)):
                        await self._handle(workflow_id(request_id)).result(rpc_timeout=CALL_TIMEOUT)
                    return
                if state.levels or state.attention == POLICY_WRONG:
                    break
            await asyncio.sleep(POLL_INTERVAL)
        if not state.levels:
            raise NoAnswerError(f"request {request_id} is started, and waits for an operator: {state.reason}")
