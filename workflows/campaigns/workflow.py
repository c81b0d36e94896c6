"""A campaign: sends to every user of its audience, through the users' actors, until done, expired or cancelled."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns import access
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.actor import UserActorWorkflow
    from workflows.campaigns.audience import audience_to_find, unknown_words, why_not_audience
    from workflows.campaigns.audience_models import FindAudience
    from workflows.campaigns.backlog import PAGE, BacklogEntry
    from workflows.campaigns.campaign_state import (
        CampaignStart,
        CampaignState,
        continued,
        new_campaign,
        request_of,
    )
    from workflows.campaigns.campaign_view import (
        campaign_actions,
        campaign_summary,
        progress,
        rate_words,
        why_not_cancel,
        why_not_pause,
        why_not_resume,
    )
    from workflows.campaigns.client import CAMPAIGN_WORKFLOW_TYPE, campaign_workflow_id
    from workflows.campaigns.context import root_of, update_id
    from workflows.campaigns.digests.holding import CampaignHolding
    from workflows.campaigns.lookups import LOOKUPS
    from workflows.campaigns.models import (
        CampaignControl,
        CampaignProgress,
        CampaignRequest,
        CampaignStatus,
        SegmentAudience,
        SetRate,
        Template,
    )
    from workflows.campaigns.pace import after_lost_batch, batch_size, lanes, task_priority
    from workflows.campaigns.steps import STORE_STEP, OpenCampaign, OpenedCampaign, SegmentPage, SendBatch
    from workflows.campaigns.template import why_not_template
    from workflows.runtime.server_clock import time_of_query
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.counts import number_of
    from workflows.shared.identity.allowed import for_viewer
    from workflows.shared.inputs import SingleInputStart
    from workflows.shared.items import ItemRecord, ItemToSave, why_not_again, why_not_this_id
    from workflows.shared.refusals import Refusal, refuse
    from workflows.shared.refused_signals import Acknowledge, RefusedSignal
    from workflows.shared.resets import ResetWatch
    from workflows.shared.signals import SignalReceiver
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary, SummaryPublisher

LOOKUP_TIMEOUT = timedelta(seconds=30)
BATCH_TIMEOUT = timedelta(minutes=10)
HEARTBEAT_TIMEOUT = timedelta(seconds=10)
"""A batch without a heartbeat for this long goes to another worker."""

STEP_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3)
"""Few, because the campaign cannot be paused between them; it holds and retries by itself afterwards."""

REMEMBERED_CONTROLS = 20


@workflow.defn(name=CAMPAIGN_WORKFLOW_TYPE)
class CampaignWorkflow(SingleInputStart, SignalReceiver):
    """Sends a few batches at a time; pause, cancel and continue-as-new take effect after those under way."""

    ACCESS = access.CAMPAIGN

    @workflow.init
    def __init__(self, start: CampaignStart) -> None:
        refuse(why_not_this_id(workflow.info().workflow_id, campaign_workflow_id(start.campaign_id)))
        self._state = start.carried or new_campaign(start, workflow.now())
        self._request = request_of(start)
        self._sent_request = _with_template(self._request, self._request.template.with_html(None))
        self._shown_request = _with_template(self._request, self._request.template.shown)
        self._in_flight: list[BacklogEntry] = []
        """Users of the batches under way."""
        self._batches: set[asyncio.Task[None]] = set()
        self._ended_batches = 0
        self._priority = task_priority(start)
        self._summary = SummaryPublisher()
        self._resets = ResetWatch()
        self._why_not: Refusal | None = None
        self._holding = CampaignHolding(self._request, lambda: self._state)

    @workflow.run
    async def run(self, start: CampaignStart) -> CampaignProgress:  # noqa: ARG002 - the constructor took it over
        """Send to everyone, and return the final progress.

        Fails as ``UnknownSegment`` or ``UnknownUser`` if there is no such audience, and as ``AlreadyDone`` if the
        campaign has ended before.
        """
        self._publish()
        # Not awaited yet: the worker may be busy with batches for long.
        opening = asyncio.create_task(self._summary.open())
        self._holding.tell()
        while await self._may_go_on():
            try:
                await self._take_step()
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                self._state.hold(root_of(error), workflow.now())
            self._publish()
            if workflow.info().is_continue_as_new_suggested() and self._state.is_open:
                await self._batches_end()
                await opening
                await workflow.wait_condition(lambda: workflow.all_handlers_finished() and self._holding.is_told)
                workflow.continue_as_new(continued(self._request, self._state))
        await self._batches_end()
        await opening
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._close()
        return self._progress(workflow.now())

    @workflow.update
    def pause(self, control: CampaignControl) -> CampaignProgress:
        """Send nothing after the running batch, until resumed."""
        return self._control("paused", CampaignStatus.PAUSED, control)

    @pause.validator
    def _may_pause(self, control: CampaignControl) -> None:  # noqa: ARG002 - anyone may
        self._refuse(why_not_pause(self._state))

    @workflow.update
    def resume(self, control: CampaignControl) -> CampaignProgress:
        """Continue after a pause."""
        status = CampaignStatus.RUNNING if self._state.expanded else CampaignStatus.SCHEDULED
        return self._control("resumed", status, control)

    @resume.validator
    def _may_resume(self, control: CampaignControl) -> None:  # noqa: ARG002 - anyone may
        self._refuse(why_not_resume(self._state))

    @workflow.update
    def cancel(self, control: CampaignControl) -> CampaignProgress:
        """Send nothing after the running batch, and end. Users without a message stay counted as pending."""
        return self._control("cancelled", CampaignStatus.CANCELLED, control)

    @cancel.validator
    def _may_cancel(self, control: CampaignControl) -> None:  # noqa: ARG002 - anyone may
        self._refuse(why_not_cancel(self._state))

    @workflow.update
    def set_rate(self, change: SetRate) -> CampaignProgress:
        """Send faster or slower, from the next batch on, which begins within a second."""
        if not self._is_repeated():
            self._state.set_rate(change.max_sends_per_second, workflow.now())
            self._controlled(f"{rate_words(change.max_sends_per_second)} from now on, set", change)
        return self._progress(workflow.now())

    @set_rate.validator
    def _may_set_rate(self, change: SetRate) -> None:  # noqa: ARG002 - anyone may
        self._refuse(why_not_cancel(self._state))

    @workflow.query
    def get_progress(self) -> CampaignProgress:
        """Return the progress."""
        return self._progress(time_of_query())

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:
        """Return what people may do now."""
        return for_viewer(campaign_actions(self._state, len(self._in_flight)), viewer, self.ACCESS)

    @workflow.query
    def get_summary(self) -> Summary:
        """Return the list row."""
        return campaign_summary(self._request, self._state, len(self._in_flight))

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[CampaignProgress]:
        """Return view, actions and list row together."""
        facts = {"rate": rate_words(self._state.rate)}
        return Snapshot[CampaignProgress].take(self.get_progress(), self.get_actions(viewer), self.get_summary(), facts)

    async def _refuse_signal(self, name: str, reason: str, signal_id: str | None = None) -> None:  # noqa: ARG002
        self._state.refusals.add(RefusedSignal(at=workflow.now(), signal=name, reason=reason, invalid=True))
        self._publish()

    async def _acknowledge(self, acknowledge: Acknowledge) -> None:
        if self._state.refusals.acknowledge():
            self._state.note(workflow.now(), acknowledge.words)
            self._publish()

    async def _may_go_on(self) -> bool:
        """Wait until there is something to do; return False when the campaign is over."""
        while self._state.is_open:
            if self._resets.pending:
                await self._ask_store()
                self._holding.doubt()
                continue
            now = workflow.now()
            if self._request.expires_at is not None and now >= self._request.expires_at:
                if self._batches:
                    await self._batch_ends()
                    continue
                if not self._holding.is_settled:
                    await self._holding.settle()
                    continue
                self._state.expire(now)
            if self._state.expanded and self._state.backlog.is_empty:
                if self._batches:  # they may put somebody off
                    await self._batch_ends()
                    continue
                self._state.enter(CampaignStatus.DONE, now, "done")
                break
            step_at = self._state.next_step_at(now)
            if step_at is not None and step_at <= now:
                return True
            await self._sleep_until(step_at)
        self._publish()
        return False

    async def _sleep_until(self, moment: datetime | None) -> None:
        """Wait for ``moment``, the campaign's expiry, a change by an update, or the end of a batch."""
        wake_at = min((each for each in (moment, self._request.expires_at) if each is not None), default=None)
        timeout = None if wake_at is None else wake_at - workflow.now()
        before = self._state.status, self._state.rate, self._ended_batches
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._resets.pending or (self._state.status, self._state.rate, self._ended_batches) != before,
                timeout=timeout,
            )

    async def _take_step(self) -> None:
        """Run one activity: size the audience, read a page of it, or send a batch."""
        audience = self._request.audience
        if not self._state.expanded:
            await self._expand()
        elif self._state.backlog.wants_page() and isinstance(audience, SegmentAudience):
            await self._read_page(audience.name)
        else:
            await self._begin_batch()

    async def _expand(self) -> None:
        """Ask the store for the audience; refuse what it knows to be wrong, and note who is unknown."""
        backlog = self._state.backlog
        audience = audience_to_find(self._request.audience, backlog.queue)
        opened = await self._ask_store(audience)
        if opened.record is not None or opened.audience is None:
            return
        refuse(why_not_template(self._request.template, opened.fields, links=opened.links))
        refuse(why_not_audience(audience, opened.audience))
        self._state.html = opened.html
        if audience.segment is not None:
            backlog.unread, backlog.more = opened.audience.size or 0, True
        elif opened.audience.unknown:
            self._state.note(workflow.now(), f"{unknown_words(opened.audience)}; they will count as failed")
        self._state.expanded = True
        if self._state.status is CampaignStatus.SCHEDULED:
            self._state.enter(
                CampaignStatus.RUNNING, workflow.now(), f"running: {number_of(backlog.pending_users, 'user')}"
            )

    async def _ask_store(self, audience: FindAudience | None = None) -> OpenedCampaign:
        """Ask for an audience, and whether the campaign has ended in an earlier run; then take that over."""
        resets = self._resets.count
        html = self._request.template.html if audience is not None else None
        step = OpenCampaign(item_id=workflow.info().workflow_id, audience=audience, html=html)
        opened = await workflow.execute_activity_method(CampaignActivities.open_campaign, step, **STORE_STEP)
        self._resets.settle(resets)
        if opened.record is not None:
            self._take_over(opened.record)
        return opened

    async def _close(self) -> None:
        """Save how the campaign ended, unless it had ended before."""
        refuse(self._why_not)
        await self._holding.settle()
        record = ItemRecord(
            sequence=1,
            status=self._state.status,
            finished=True,
            chain=workflow.info().first_execution_run_id,
            request_hash=self._state.request_hash,
            state=self._state.model_dump(mode="json"),
        )
        item = ItemToSave(item_id=workflow.info().workflow_id, record=record)
        kept = await workflow.execute_activity_method(CampaignActivities.close_campaign, item, **STORE_STEP)
        if (kept.chain, kept.status) != (record.chain, record.status):
            self._take_over(kept)
            refuse(self._why_not)

    def _take_over(self, record: ItemRecord) -> None:
        chain, named = workflow.info().first_execution_run_id, f"campaign {self._request.campaign_id}"
        self._why_not = why_not_again(named, record, chain=chain, request_hash=self._state.request_hash)
        self._state = CampaignState.model_validate(record.state)
        self._state.note(workflow.now(), "the workflow was reset or started again; how it ended stands")
        self._publish()

    async def _read_page(self, segment: str) -> None:
        page = SegmentPage(segment=segment, after=self._state.backlog.after, limit=PAGE)
        user_ids = await workflow.execute_activity_method(
            CampaignActivities.segment_page,
            page,
            start_to_close_timeout=LOOKUP_TIMEOUT,
            retry_policy=STEP_RETRIES,
            priority=self._priority,
        )
        self._state.backlog.add_page(user_ids, last=len(user_ids) < PAGE)

    async def _begin_batch(self) -> None:
        """Begin a batch, and return when there is room for another."""
        state = self._state
        if len(self._batches) >= lanes(state.rate, state.failed_batches):  # a rate was set meanwhile
            await self._batch_ends()
            return
        entries = state.backlog.take(batch_size(state.rate), workflow.now(), state.held_a_second)
        self._in_flight += entries
        self._batches.add(asyncio.create_task(self._send_batch(entries)))
        while len(self._batches) >= lanes(self._state.rate, self._state.failed_batches):
            await self._batch_ends()

    async def _batch_ends(self) -> None:
        """Wait until one of the batches under way has ended."""
        ended = self._ended_batches
        await workflow.wait_condition(lambda: self._ended_batches != ended)

    async def _batches_end(self) -> None:
        await workflow.wait_condition(lambda: not self._batches)

    async def _send_batch(self, entries: list[BacklogEntry]) -> None:
        rate = self._state.rate
        batch = SendBatch(
            request=self._sent_request,
            html=self._state.html,
            user_ids=[entry.user_id for entry in entries],
            rate=rate,
            not_before=self._state.not_before,
        )
        try:
            result = await workflow.execute_activity_method(
                CampaignActivities.send_batch,
                batch,
                start_to_close_timeout=BATCH_TIMEOUT,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=STEP_RETRIES,
                priority=self._priority,
            )
        except ActivityError as error:  # how far it came is unknown; retries with the same IDs are idempotent
            self._state.backlog.put_back(entries)
            self._state.not_before = after_lost_batch(self._state.rate, len(entries), workflow.now())
            if not is_cancelled_exception(error):
                self._state.hold(root_of(error), workflow.now())
        else:
            self._state.apply(self._request, entries, result, workflow.now(), rate)
        done = set(entries)
        self._in_flight = [entry for entry in self._in_flight if entry not in done]
        self._ended_batches += 1
        self._batches = {task for task in self._batches if task is not asyncio.current_task()}
        self._publish()

    def _control(self, verb: str, status: CampaignStatus, control: CampaignControl) -> CampaignProgress:
        if not self._is_repeated():
            self._controlled(verb, control, status)
        return self._progress(workflow.now())

    def _controlled(self, verb: str, control: CampaignControl, status: CampaignStatus | None = None) -> None:
        words = f"{verb} by {control.by}{f': {control.reason}' if control.reason else ''}"
        if status is None:
            self._state.note(workflow.now(), words)
        else:
            self._state.enter(status, workflow.now(), words, reason=control.reason)
        self._holding.tell()
        self._state.controls = [*self._state.controls, update_id()][-REMEMBERED_CONTROLS:]
        self._publish()

    def _refuse(self, why_not: Refusal | None) -> None:
        if not self._is_repeated():
            refuse(why_not)

    def _is_repeated(self) -> bool:
        """Return whether this update was applied: the server may deliver one again after continue-as-new."""
        return update_id() in self._state.controls

    def _progress(self, now: datetime) -> CampaignProgress:
        return progress(self._shown_request, self._state, len(self._in_flight), now)

    def _publish(self) -> None:
        self._summary.publish(self.get_summary())


def _with_template(request: CampaignRequest, template: Template) -> CampaignRequest:
    return request.model_copy(update={"template": template})


WORKFLOWS: list[type] = [CampaignWorkflow, UserActorWorkflow, *LOOKUPS]
"""Of the campaigns worker."""
