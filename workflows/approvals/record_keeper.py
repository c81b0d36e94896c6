"""Keeps the store's record of a request up to date, and continues from it in a second run."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.approvals.activities import FIND_RECORD, SAVE_RECORD
from workflows.approvals.planning import LevelPlanner
from workflows.approvals.record import record_of, restore
from workflows.approvals.record_models import AppliedInStore, CarriedRequest, RequestToSave, SavedRequest
from workflows.approvals.review.review import Review
from workflows.approvals.slack.models import Notice, SlackSwitch
from workflows.shared.items import ItemRecord, hash_of
from workflows.shared.resets import ResetWatch

ATTEMPT_TIMEOUT = timedelta(seconds=20)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
"""Until the store answers: a decision that it does not know is lost with a reset."""
ONCE = RetryPolicy(maximum_attempts=1)


class RecordKeeper:
    """Writes each change in the background; the workflow ends when the store has the last one.

    What people are to be told goes with it, so that nobody hears of what a reset could undo. The same activity plans
    the levels that have opened and does what follows from an approval, in its first try: each activity takes six events
    of the history.
    """

    def __init__(
        self, review: Review, planner: LevelPlanner, changed: Callable[[], object], publish: Callable[[], None]
    ) -> None:
        self.resets = ResetWatch()
        self._request_hash = hash_of(review.request)
        self._review = review
        self._planner = planner
        self._changed = changed
        self._publish = publish
        """Brings the list row up to date."""
        self.slack: SlackSwitch = "off"
        """Whether Slack is told, as the last answer of the store said."""
        self._notices: list[Notice] = []
        """What people are to be told, and the store does not know yet."""
        self._saved = 0
        """Length of the trail that the store has."""
        self._saving: asyncio.Task[None] | None = None

    def put(self) -> None:
        """Save what has changed; returns at once."""
        self._notices += self._review.take_notices()
        if self._review.chain.steps and self._saved < len(self._review.trail) and not self.busy:
            self._saving = asyncio.create_task(self._save())

    @property
    def busy(self) -> bool:
        """Whether it writes, and plans what has opened then."""
        return self._saving is not None and not self._saving.done()

    def begun(self, saved: int) -> None:
        """Note that the store has the trail so far, if that is as long as the one that an activity has saved."""
        if len(self._review.trail) == saved:
            self._saved = saved

    async def drain(self) -> None:
        """Wait until the store has everything."""
        if self._saving is not None:
            await self._saving

    async def write_all(self) -> None:
        """Write the whole record again: plans, for one, change it without an entry of the trail."""
        await self.drain()
        self._saved = min(self._saved, len(self._review.trail) - 1)
        self.put()
        await self.drain()

    @property
    def is_written(self) -> bool:
        """Whether the store knows everything."""
        return not self.busy and not self._notices and self._saved == len(self._review.trail)

    @property
    def record(self) -> ItemRecord:
        """The record of the request as it is now."""
        chain = workflow.info().first_execution_run_id
        return record_of(self._review, chain=chain, request_hash=self._request_hash)

    def carry_over(self, carried: CarriedRequest) -> None:
        """Continue from where the run before was, which has written everything."""
        restore(self._review, carried.record)
        self._review.take_notices()
        self._saved = carried.record.sequence
        self.slack = carried.slack

    def adopt(self, record: ItemRecord) -> None:
        """Continue from a record, unless this run knows more."""
        if record.sequence > len(self._review.trail) or record.finished:
            restore(self._review, record)
            self._review.take_notices()  # their receivers know
            self._notices = []
            self._saved = record.sequence

    async def read_again(self) -> None:
        """Continue from the store's record after a reset, and note the reset in the trail."""
        resets = self.resets.count
        record = await workflow.execute_activity(
            FIND_RECORD,
            workflow.info().workflow_id,
            result_type=ItemRecord | None,  # type: ignore[arg-type]  # the SDK takes a union
            start_to_close_timeout=ATTEMPT_TIMEOUT,
            retry_policy=RETRY,
        )
        if record is not None:
            self.adopt(record)
        self.resets.settle(resets)
        self._review.note_reset(workflow.now())

    async def _save(self) -> None:
        while self._saved < len(self._review.trail):
            step = self._review.step_to_apply
            item = RequestToSave(
                item_id=workflow.info().workflow_id,
                record=self.record,
                levels=self._planner.begin(),
                step=step if self._review.is_first_try else None,
                notices=list(self._notices),
            )
            saved = await self._write(item)
            self._saved = item.record.sequence
            self._notices = self._notices[len(item.notices) :]
            self.slack = saved.slack
            if item.levels:
                self._planner.take(saved.plans, workflow.now())
            if saved.record is not None and saved.record.finished and saved.record.status != item.record.status:
                self.adopt(saved.record)
            if saved.applied is not None and step == self._review.step_to_apply and not self.resets.pending:
                self._note_applied(saved.applied)
            if len(self._review.trail) > item.record.sequence or item.levels or saved.applied is not None:
                self._changed()
            self._publish()
        self._planner.put()

    async def _write(self, item: RequestToSave) -> SavedRequest:
        """Write until the store answers. The list row does not wait for longer than one attempt."""
        try:
            return await _save_record(item, ONCE)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
        self._publish()
        return await _save_record(item, RETRY)

    def _note_applied(self, applied: AppliedInStore) -> None:
        self._review.applied(applied.words, applied.at)
        self.begun(applied.saved)


async def _save_record(item: RequestToSave, retry: RetryPolicy) -> SavedRequest:
    saved: SavedRequest = await workflow.execute_activity(
        SAVE_RECORD,
        item,
        result_type=SavedRequest,
        start_to_close_timeout=ATTEMPT_TIMEOUT,
        retry_policy=retry,
    )
    return saved
