"""The approval workflow: updates and time limits. The rules are in ``review`` and ``chain``.

When a vote and a time limit fall into the same workflow task, the vote counts.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, RetryState

with workflow.unsafe.imports_passed_through():
    from workflows.approvals import access
    from workflows.approvals.actions import available_actions
    from workflows.approvals.activities import KEEP_ATTEMPT, OPEN_REQUEST, OPEN_WITH_RIGHT_POLICY
    from workflows.approvals.alarm import Alarm
    from workflows.approvals.applier import Applier
    from workflows.approvals.attempt_models import START, RefusedAttempt
    from workflows.approvals.client import WORKFLOW_TYPE, workflow_id
    from workflows.approvals.explain import explain, forecast
    from workflows.approvals.lookups import LOOKUPS
    from workflows.approvals.models import (
        ApprovalRequest,
        ApprovalState,
        ApprovalView,
        AuditTrail,
        Explanation,
        OpenedRequest,
        Refusals,
    )
    from workflows.approvals.planning import LevelPlanner
    from workflows.approvals.record_keeper import RecordKeeper
    from workflows.approvals.record_models import ApprovalStart, CarriedRequest, RequestToOpen, continued
    from workflows.approvals.review.base import DIRECTORY_DOWN
    from workflows.approvals.review.review import Review
    from workflows.approvals.update_handlers import UpdateHandlers
    from workflows.approvals.updates import NoteRefusal
    from workflows.approvals.views import facts_of, state_of, summary_of, trail_of
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.identity.allowed import for_viewer
    from workflows.shared.inputs import MAX_LINE, SingleInputStart, printable
    from workflows.shared.items import hash_of, why_not_again, why_not_this_id
    from workflows.shared.refusals import Refusal, refuse
    from workflows.shared.refused_signals import Acknowledge
    from workflows.shared.signals import SignalReceiver, signal
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary, SummaryPublisher

DIRECTORY_TIMEOUT = timedelta(seconds=20)
DIRECTORY_DOWN_AFTER = timedelta(seconds=30)
"""Without an answer of the directory by then, the request asks for attention."""
DIRECTORY_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
POLICY_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=1.5, maximum_interval=timedelta(seconds=30)
)
"""Of a look at a policy file that was wrong: whoever corrects it waits for no more than that."""
KEEPING_TIMEOUT = timedelta(seconds=10)
"""Of a refused start, with all retries: its own history has the refusal, too."""


@workflow.defn(name=WORKFLOW_TYPE)
class ApprovalWorkflow(SingleInputStart, SignalReceiver, UpdateHandlers):
    """One request, from its start until it is decided."""

    ACCESS = access.APPROVAL

    @workflow.init
    def __init__(self, start: ApprovalStart) -> None:
        request = start.request
        refuse(why_not_this_id(workflow.info().workflow_id, workflow_id(request.request_id)))
        self._review = Review(request, workflow.now())
        self._planner = LevelPlanner(self._review, self._changed)
        self._records = RecordKeeper(self._review, self._planner, self._changed, self._publish)
        self._applier = Applier(self._review, self._records, self._changed)
        self._publisher = SummaryPublisher()
        self._alarm = Alarm()
        self._began_at = workflow.now()
        self._background: list[asyncio.Task[None]] = []
        self._carried = start.carried if workflow.info().continued_run_id is not None else None
        if self._carried is not None:
            self._records.carry_over(self._carried)
            self._publisher.begin(registered=self._carried.registered)

    @workflow.run
    async def run(self, start: ApprovalStart) -> ApprovalState:
        """Take the request through its levels. Fails as ``InvalidRequest`` when a level could never pass."""
        self._changed()
        if self._carried is None:
            await self._open_chain(start.request)
        while not await self._is_over():
            if self._records.resets.pending:
                await self._records.read_again()
                self._changed()
            elif self._is_long and await self._may_continue_anew():
                workflow.continue_as_new(self._continued(start.request))
            else:
                await self._until_next_event()
        return self._state()

    @signal
    def note_refusal(self, note: NoteRefusal) -> None:
        """Keep in the trail that an update was refused, as a client tells."""
        if self._settled:
            self._review.note_refusal(note, workflow.now())
            self._changed()
        else:
            self._background.append(asyncio.create_task(self._note_early(note)))

    @workflow.query
    def get_state(self) -> ApprovalState:
        """Return the whole state."""
        return self._state()

    @workflow.query
    def get_audit_trail(self) -> AuditTrail:
        """Return the audit trail, hash-chained."""
        return trail_of(self._review)

    @workflow.query
    def explain(self) -> Explanation:
        """Return who must still act, and what happens if nobody does."""
        return explain(self._review, workflow.now())

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:
        """Return what may be done now, by ``viewer`` if one is given."""
        actions = available_actions(self._review, viewer.person if viewer else None, workflow.now())
        return for_viewer(actions, viewer, self.ACCESS)

    @workflow.query
    def get_summary(self) -> Summary:
        """Return what a list row shows."""
        return summary_of(self._review, workflow.now())

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[ApprovalView]:
        """Return view, actions and list row together."""
        return Snapshot[ApprovalView].take(
            ApprovalView(state=self._state(), trail=self.get_audit_trail(), next=forecast(self._review)),
            self.get_actions(viewer),
            self.get_summary(),
            facts_of(self._review),
        )

    async def _open_chain(self, request: ApprovalRequest) -> None:
        """Resolve the chain once, so that no later policy or directory changes it, and open the first level.

        Where there is a record of an earlier run, continue from that.
        """
        resets = self._records.resets.count
        opened = await self._open(request)
        why_not = opened if isinstance(opened, Refusal) else self._take_up(request, opened)
        self._records.resets.settle(resets)
        if why_not is not None and not self._review.settled:
            self._review.refuse(why_not.words, workflow.now())
        self._changed()
        if isinstance(opened, OpenedRequest):
            self._begin_publishing(opened)
        elif not self._publisher.is_open:
            await self._publisher.open()
        if why_not is not None:
            await self._keep_refused_start(request, why_not)
            await workflow.wait_condition(workflow.all_handlers_finished)
            refuse(why_not)  # here, so that the failure has no cause

    async def _keep_refused_start(self, request: ApprovalRequest, why_not: Refusal) -> None:
        """Let the store keep that the start was refused: another start may follow under the same ID."""
        reason = printable(f"{why_not.field}: {why_not.words}" if why_not.field else why_not.words, MAX_LINE)
        refusal = NoteRefusal(update=START, by=request.requester, type=why_not.kind, reason=reason)
        attempt_id = f"{START}/{workflow.info().first_execution_run_id}"  # which a reset keeps
        attempt = RefusedAttempt(attempt_id=attempt_id, request_id=request.request_id, refusal=refusal)
        with suppress(ActivityError):
            await workflow.execute_activity(KEEP_ATTEMPT, attempt, schedule_to_close_timeout=KEEPING_TIMEOUT)

    def _begin_publishing(self, opened: OpenedRequest) -> None:
        if not self._publisher.is_open:
            self._publisher.begin(registered=opened.registered)

    async def _open(self, request: ApprovalRequest) -> OpenedRequest | Refusal:
        """Return what the request begins with, or why nobody can decide it."""
        chain = workflow.info().first_execution_run_id
        opening = RequestToOpen(request=request, began_at=self._began_at, chain=chain)
        try:
            opened = await self._open_or_ask_for_attention(opening)
            if opened.policy_problems:
                opened = await self._open_with_right_policy(opening, opened)
        except ActivityError as error:
            if not isinstance(error.cause, ApplicationError):
                raise
            field = "".join(map(str, error.cause.details[:1]))
            return Refusal(Refusals.INVALID_REQUEST, error.cause.message, field)
        return opened

    async def _open_or_ask_for_attention(self, opening: RequestToOpen) -> OpenedRequest:
        """Open the request, however long the directory is down; somebody is to look at that after a while."""
        try:
            return await _execute_opening(OPEN_REQUEST, opening, DIRECTORY_RETRY, DIRECTORY_DOWN_AFTER)
        except ActivityError as error:
            if error.retry_state == RetryState.NON_RETRYABLE_FAILURE:
                raise
        self._review.attention = DIRECTORY_DOWN
        self._changed()
        await self._publisher.open()
        return await _execute_opening(OPEN_REQUEST, opening, DIRECTORY_RETRY)

    async def _open_with_right_policy(self, opening: RequestToOpen, found: OpenedRequest) -> OpenedRequest:
        """Wait until somebody has corrected the policy, and return what the request begins with then."""
        self._review.wait_for_policy(found.policy_problems, workflow.now())
        self._changed()
        self._begin_publishing(found)
        return await _execute_opening(OPEN_WITH_RIGHT_POLICY, opening, POLICY_RETRY)

    def _take_up(self, request: ApprovalRequest, opened: OpenedRequest) -> Refusal | None:
        """Begin with the chain, or where an earlier run was; return why the request may not begin again."""
        if opened.chain is not None:
            at = opened.at or workflow.now()
            if (why_not := self._review.why_not_begin(at)) is not None:
                return why_not
            self._review.open(opened.chain, at)
            self._planner.take_first(opened.plans, at)
            self._records.begun(opened.saved)
            self._records.slack = "on" if opened.slack == "on" else "off"
        record = opened.record
        if record is None:
            return None
        chain, named = workflow.info().first_execution_run_id, f"request {request.request_id}"
        why_not = why_not_again(named, record, chain=chain, request_hash=hash_of(request))
        if record.finished or why_not is None:
            self._records.adopt(record)
        if why_not is None and not opened.began:
            self._review.note_reset(workflow.now())
        return why_not

    async def _is_over(self) -> bool:
        """Return whether the request is decided and applied, once the store knows it."""
        if self._review.is_done and not self._records.resets.pending:
            await workflow.wait_condition(workflow.all_handlers_finished)
            await self._records.drain()
        return self._review.is_done and not self._records.resets.pending

    @property
    def _is_long(self) -> bool:
        """Whether the history is so long that another run should go on."""
        return workflow.info().is_continue_as_new_suggested()

    async def _may_continue_anew(self) -> bool:
        """Write everything into the store before the next run begins; return False if something happened meanwhile.

        An update that is handled in the task that continues as new might be handled in both runs: so nothing may have
        changed since the record was written.
        """
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._records.write_all()
        quiet = workflow.all_handlers_finished() and not self._records.resets.pending
        return quiet and self._records.is_written and not self._review.is_done

    def _continued(self, request: ApprovalRequest) -> ApprovalStart:
        """Return the input of the next run."""
        records, registered = self._records, self._publisher.registered
        return continued(request, CarriedRequest(record=records.record, registered=registered, slack=records.slack))

    async def _until_next_event(self) -> None:
        """Wait until the request moves on or the open level's time is up."""
        wake_at = self._wake_at
        self._alarm.set(wake_at)
        await workflow.wait_condition(lambda: self._alarm.rings or self._is_long or self._moved_on(wake_at))
        if self._alarm.stop() and not self._records.resets.pending:
            due = self._review.wake_at
            if due is not None and due <= workflow.now():
                self._review.tick(workflow.now())
            self._changed()

    async def _note_early(self, note: NoteRefusal) -> None:
        await self._until_settled()
        self._review.note_refusal(note, workflow.now())
        self._changed()

    async def _refuse_signal(self, name: str, reason: str, signal_id: str | None = None) -> None:  # noqa: ARG002
        await self._until_settled()  # what is recorded before may not be more than the store's record
        self._review.refuse_signal(name, reason, workflow.now())
        self._changed()

    async def _acknowledge(self, acknowledge: Acknowledge) -> None:
        await self._until_settled()
        self._review.acknowledge(acknowledge, workflow.now())
        self._changed()

    async def _until_settled(self) -> None:
        if not self._settled:
            await workflow.wait_condition(lambda: self._settled)

    async def _was_handled(self) -> bool:
        await self._until_settled()
        return self._is_handled

    @property
    def _is_handled(self) -> bool:
        update = workflow.current_update_info()
        return update is not None and update.id in self._review.handled

    def _refuse_if_settled(self, why_not: Refusal | None) -> None:
        if self._settled and not self._is_handled:
            refuse(why_not)

    @property
    def _settled(self) -> bool:
        """Whether its state is known: not before the chain is, nor after a reset until the store was read."""
        return self._review.settled and not self._records.resets.pending

    @property
    def _wake_at(self) -> datetime | None:
        moments = [moment for moment in (self._review.wake_at, self._planner.wake_at) if moment is not None]
        return min(moments, default=None)

    def _moved_on(self, wake_at: datetime | None) -> bool:
        return self._records.resets.pending or self._review.is_done or self._wake_at != wake_at

    def _changed(self) -> ApprovalState:
        if (update := workflow.current_update_info()) is not None:
            self._review.note_handled(update.id)
        if self._records.resets.pending:  # it may have happened, and been told, before the reset
            self._publish()
            return self._state()
        self._records.put()
        if not self._records.busy:
            self._planner.put()
            self._publish()
        self._applier.put()
        return self._state()

    def _publish(self) -> None:
        """Bring the list row up to date: once the store has answered, since an update's own task would answer later."""
        self._publisher.publish(summary_of(self._review, workflow.now()))

    def _state(self) -> ApprovalState:
        return state_of(self._review, self._records.slack, workflow.now())


async def _execute_opening(
    activity: str, opening: RequestToOpen, retry: RetryPolicy, give_up_after: timedelta | None = None
) -> OpenedRequest:
    opened: OpenedRequest = await workflow.execute_activity(
        activity,
        opening,
        result_type=OpenedRequest,
        start_to_close_timeout=DIRECTORY_TIMEOUT,
        schedule_to_close_timeout=give_up_after,
        retry_policy=retry,
    )
    return opened


WORKFLOWS: list[type] = [ApprovalWorkflow, *LOOKUPS]
