"""The actor of one user: decides on and counts the sends of all campaigns to this user."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns import access
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.actor_records import ActorRecords
    from workflows.campaigns.actor_state import SETTINGS, ActorStart, ActorState, why_not_zones
    from workflows.campaigns.actor_view import actor_actions, actor_summary, user_facts, user_state
    from workflows.campaigns.actor_zones import ActorZones
    from workflows.campaigns.bounces import ReportBounce, bounce_of, why_not_report
    from workflows.campaigns.client import ACTOR_WORKFLOW_TYPE, actor_workflow_id
    from workflows.campaigns.context import update_id
    from workflows.campaigns.models import (
        NOT_READY,
        UNKNOWN_USER,
        Decision,
        MessageSent,
        Released,
        ReleaseSend,
        SendDecision,
        SendRequest,
        SetPolicy,
        SetPreferences,
        UserState,
    )
    from workflows.campaigns.steps import STORE_STEP, LoadUser, StoredLimits, UserRecord
    from workflows.campaigns.stored_limits import STORED_LIMITS, StoreSilentError
    from workflows.campaigns.zones import zones_of
    from workflows.runtime.server_clock import time_of_query
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.identity.allowed import for_viewer
    from workflows.shared.inputs import SingleInputStart, accepts_all
    from workflows.shared.items import why_not_this_id
    from workflows.shared.refusals import INVALID_REQUEST, Refusal, refuse
    from workflows.shared.refused_signals import Acknowledge
    from workflows.shared.resets import ResetWatch
    from workflows.shared.signals import SignalReceiver, signal
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary, SummaryPublisher

QUIET_WAIT = timedelta(milliseconds=20)
QUIET_TRIES = 50

DEFAULT_POLICY_AGE = timedelta(minutes=1)
"""For how long the default policy that the store had refuses senders who do not know which one it has."""


@workflow.defn(name=ACTOR_WORKFLOW_TYPE)
class UserActorWorkflow(SingleInputStart, SignalReceiver):
    """Lives as long as there are sends to the user, and continues as new without losing one.

    Updates may arrive with the start, before the user's preferences are read: they wait for these, and then decide
    and count without an await, so that no other handler runs in between.
    """

    ACCESS = access.ACTOR

    @workflow.init
    def __init__(self, start: ActorStart) -> None:
        refuse(why_not_this_id(workflow.info().workflow_id, actor_workflow_id(start.user_id)))
        self._user_id = start.user_id
        self._state = start.carried
        self._why_not: Refusal | None = None
        """Why there can be no such actor."""
        self._early_reports: list[MessageSent] = []
        """Those that came before the store was read."""
        self._resets = ResetWatch()
        self._records = ActorRecords(self._known, self._resets)
        self._zones = ActorZones(self._known)
        self._served_at = self._read_at = workflow.now()
        self._summary = SummaryPublisher()

    @workflow.run
    async def run(self, start: ActorStart) -> None:
        """Serve updates, signals and queries until the history is long; then continue as new.

        Fails as ``UnknownUser`` if there is no user. Once there is, the next sender starts a new actor. Fails as
        ``InvalidRequest`` if it is started with a time zone that there is not.
        """
        if self._state is None:
            await self._look_up(start)
        if self._why_not:
            await workflow.wait_condition(workflow.all_handlers_finished)
        state = self._known()
        self._publish()
        await self._begin_summary(start)
        self._records.put()
        self._zones.renew_if_old()
        while self._resets.pending or not await self._is_time_to_continue():
            if self._resets.pending:
                await self._read_again(state)
        state.forget(workflow.now())
        state.forget_zones()
        carried = ActorStart(user_id=self._user_id, carried=state, registered=start.registered)
        workflow.continue_as_new(carried)

    @accepts_all
    @workflow.update
    async def reserve_send(self, send: SendRequest) -> SendDecision:
        """Decide on a message and count it, in one step.

        A sender that does not record the message hears that it is granted when the store knows. If an earlier actor's
        send is found there instead, it is decided anew.
        """
        while True:
            state = await self._ready(send=send)
            if not send.recorded and self._may_be_outdated(state, send):
                self._resets.doubt()
                continue
            decision = state.reserve(send, workflow.now(), update_id=update_id())
            self._records.put()
            if send.recorded:
                return decision
            if decision.decision not in (Decision.GRANTED, Decision.DUPLICATE):
                return decision.model_copy(update={"fence": None})
            await self._stored(state, send.send_id)
            if state.knows(send.send_id):
                return decision.model_copy(update={"fence": None})

    @accepts_all
    @workflow.update
    async def release_send(self, release: ReleaseSend) -> Released:
        """Stop counting a message that was proven not to have gone out. Idempotent."""
        state = await self._ready()
        released = state.release(release.send_id, release.reason, workflow.now(), update_id=update_id())
        self._records.put()
        return Released(released=released)

    @signal
    def message_sent(self, message: MessageSent) -> None:
        """Count a message that went out without a reservation."""
        self._served_at = workflow.now()
        if self._state is None or self._resets.pending:
            self._early_reports.append(message)
        else:
            self._state.report(message, workflow.now())
            self._records.put()
            self._publish()

    @accepts_all
    @workflow.update
    async def set_preferences(self, change: SetPreferences) -> UserState:
        """Change the user's preferences: those that it names."""
        asked_at = workflow.now()
        state = await self._ready(zones_of(None, change))
        state.set_preferences(change, asked_at, update_id=update_id())
        self._records.put()
        self._publish()
        await self._stored(state)
        return user_state(state, workflow.now())

    @accepts_all
    @workflow.update
    async def report_bounce(self, report: ReportBounce) -> UserState:
        """Take what a provider says about an address: the store keeps it once, and suppresses the address.

        Whatever was granted and not handed over is called back, to every user with the address.
        """
        state = await self._ready()
        refuse(why_not_report(report, workflow.now()))
        bounce = bounce_of(report, self._user_id, workflow.now(), update_id=update_id())
        saved = await workflow.execute_activity_method(CampaignActivities.save_bounce, bounce, **STORE_STEP)
        if not saved.address:
            refuse(Refusal(INVALID_REQUEST, f"{self._user_id} has no address for {report.channel}", "channel"))
        state = await self._ready()
        if saved.new:
            state.note_bounce(bounce, workflow.now(), late=saved.late)
        if saved.suppressions != state.suppressions:
            self._resets.doubt()
        self._records.put()
        await self._stored(state)
        self._publish()
        return user_state(state, workflow.now())

    @accepts_all
    @workflow.update
    async def set_policy(self, change: SetPolicy) -> UserState:
        """Replace the user's caps."""
        state = await self._ready(zones_of(change.policy, None))
        state.set_policy(change, workflow.now(), update_id=update_id())
        if change.policy is None:
            self._resets.doubt()  # the default policy may be another one by now
        self._records.put()
        await self._stored(state)
        return user_state(state, workflow.now())

    @workflow.query
    def can_send(self, send: SendRequest) -> SendDecision:
        """Return the decision of ``reserve_send`` without a reservation.

        Refused as not ready while the store does not say what the user accepts: an import may have withdrawn it, and
        another default policy may hold.
        """
        state = self._known()
        try:
            stored = self._stored_limits()
        except StoreSilentError:
            raise self._not_ready() from None
        return state.decide(send, time_of_query(), stored)

    @workflow.query
    def get_user_state(self) -> UserState:
        """Return preferences, caps and their usage."""
        state, stored = self._known(), None
        with suppress(StoreSilentError):
            stored = self._stored_limits()
        return user_state(state, time_of_query(), stored)

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:
        """Return what people may do now."""
        return for_viewer(actor_actions(self._known()), viewer, self.ACCESS)

    @workflow.query
    def get_summary(self) -> Summary:
        """Return the list row."""
        return actor_summary(self._known())

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[UserState]:
        """Return view, actions and list row together."""
        user = self.get_user_state()
        return Snapshot[UserState].take(user, self.get_actions(viewer), self.get_summary(), user_facts(user))

    async def _refuse_signal(self, name: str, reason: str, signal_id: str | None = None) -> None:  # noqa: ARG002
        await self._settled()
        self._served_at = workflow.now()
        if self._state is not None:  # else the actor fails, and that says why
            self._state.refuse(name, reason, workflow.now())
            self._publish()

    async def _acknowledge(self, acknowledge: Acknowledge) -> None:
        await self._settled()
        self._served_at = workflow.now()
        if self._state is not None:  # else the actor fails
            self._state.acknowledge(acknowledge, workflow.now())
            self._publish()

    async def _begin_summary(self, start: ActorStart) -> None:
        info = workflow.info()
        if start.registered is None:
            await self._summary.open()
        else:
            self._summary.begin(
                registered=start.registered, memo=info.raw_memo, attributes=info.typed_search_attributes
            )

    async def _look_up(self, start: ActorStart) -> None:
        """Take the directory entry from the caller, or read it."""
        resets = self._resets.count
        zones = zones_of(start.policy, start.preferences)
        record = start.record if not resets else None
        if record is None or not record.zones.offsets.keys() >= set(zones.values()):
            record = await self._load(zones.values())
        self._resets.settle(resets)
        if record is None:
            self._why_not = Refusal(UNKNOWN_USER, f"there is no user {self._user_id}")
            await self._keep_reports()
        else:
            self._why_not = why_not_zones(zones, record.zones)
        if record is None or self._why_not:
            return
        state = ActorState.of_record(start.user_id, record, workflow.now(), since=start.since)
        state.begin_with(start)
        self._state = state
        self._take_early_reports(state)

    async def _keep_reports(self) -> None:
        """Save what went out to a user whom the directory does not know yet: the actor fails, a later one counts it."""
        while self._early_reports:
            nobody = ActorState.of_nobody(self._user_id, workflow.now())
            for message in self._early_reports:
                nobody.report(message, workflow.now())
            self._early_reports.clear()
            changes = nobody.changes(nobody.unsaved)
            await workflow.execute_activity_method(CampaignActivities.save_changes, changes, **STORE_STEP)

    async def _read_again(self, state: ActorState) -> None:
        """Take over from the store what a reset lost."""
        resets = self._resets.count
        self._read_at = workflow.now()
        record = await self._load(state.known_zones)
        if record is not None:
            state.take_over(record, workflow.now())
        self._resets.settle(resets)
        self._take_early_reports(state)
        self._publish()

    async def _load(self, zones: Iterable[str]) -> UserRecord | None:
        """Ask the store for the user, and for the offsets of the user's zones and of these."""
        step = LoadUser(user_id=self._user_id, zones=sorted(set(zones)), at=workflow.now())
        return await workflow.execute_activity_method(CampaignActivities.load_user, step, **STORE_STEP)

    def _take_early_reports(self, state: ActorState) -> None:
        for message in self._early_reports:
            state.report(message, workflow.now())
        self._early_reports.clear()
        self._records.put()

    async def _is_time_to_continue(self) -> bool:
        """Wait until the run may end, and return True, or False as soon as there was a reset."""
        suggested = workflow.info().is_continue_as_new_suggested
        await workflow.wait_condition(lambda: self._resets.pending or suggested())
        if not self._resets.pending:
            await self._quiet_moment()
        return not self._resets.pending

    async def _quiet_moment(self) -> None:
        """Wait for a workflow task without messages to end the run in; under load there may be none.

        That task is repeated when a signal arrives: an update answered in it may fail, or reach the next run again.
        """
        for _ in range(QUIET_TRIES):
            await workflow.sleep(QUIET_WAIT)
            # After a reset handlers wait until the store was read.
            await workflow.wait_condition(lambda: self._resets.pending or workflow.all_handlers_finished())
            if self._resets.pending or self._served_at != workflow.now():
                return

    async def _stored(self, state: ActorState, send_id: str = SETTINGS) -> None:
        """Wait until the store knows of a send, or of the settings."""
        await workflow.wait_condition(lambda: not state.is_unsaved(send_id) and self._is_settled())
        self._served_at = workflow.now()

    async def _ready(self, zones: Mapping[str, str] | None = None, send: SendRequest | None = None) -> ActorState:
        """Return the state once it may decide, on ``send`` if given; ``zones`` are those that a change names, by field.

        A store that has refused the own fence, or has a later default policy, is read first.

        Nothing is awaited after the last check: the handler decides on what it has seen.
        """
        asked = looked = False
        while True:
            await self._settled()
            state = self._known()
            later = send is not None and send.default_revision > state.fence.policy
            if (send and send.refused_fence == state.fence.token) or (later and not looked):
                looked = looked or later  # once: whoever says so may be wrong
                self._resets.doubt()
                continue
            why_not = why_not_zones(zones or {}, state.zones)
            own = {state.timezone} if send and send.send_window else set()
            missing = state.unasked_zones or own - state.zones.offsets.keys()
            if state.may_decide(workflow.now()) and (asked or (why_not is None and not missing)):
                break
            await self._zones.read({*own, *(zones or {}).values()})
            asked = True
        self._served_at = workflow.now()
        refuse(why_not)
        self._zones.renew_if_old()
        return state

    def _may_be_outdated(self, state: ActorState, send: SendRequest) -> bool:
        """Return whether a default policy that the actor does not know may allow what the one that it knows refuses.

        Whoever records its sends names the latest revision. A grant by an older one the store refuses.
        """
        now = workflow.now()
        if state.settings.policy is not None or now - self._read_at < DEFAULT_POLICY_AGE:
            return False
        return state.decide(send, now).decision is Decision.DENIED

    async def _settled(self) -> None:
        """Wait until the store's answer is known, or why there is none.

        Nothing is awaited if it is: the SDK's wait takes longer than a decision, and a signal that follows would be
        taken before a refused one.
        """
        if not (self._why_not or self._is_settled()):
            await workflow.wait_condition(lambda: bool(self._why_not) or self._is_settled())

    def _is_settled(self) -> bool:
        return self._state is not None and not self._resets.pending

    def _known(self) -> ActorState:
        if self._state is not None:
            return self._state
        refuse(self._why_not)
        raise self._not_ready()

    def _not_ready(self) -> Exception:
        return Refusal("NotReady", f"{self._user_id} {NOT_READY}").error

    def _stored_limits(self) -> StoredLimits | None:
        """Return what the store says now, for a query. Raises ``StoreSilentError``."""
        return STORED_LIMITS.of(workflow.info().task_queue, self._user_id)

    def _publish(self) -> None:
        self._summary.publish(self.get_summary())
