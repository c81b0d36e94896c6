"""The actor of one user: decides on and counts the sends of all campaigns to this user."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.actor_state import ActorStart, ActorState
    from workflows.campaigns.actor_view import actor_actions, actor_summary, user_state
    from workflows.campaigns.client import ACTOR_WORKFLOW_TYPE
    from workflows.campaigns.context import time_of_query, update_id
    from workflows.campaigns.models import (
        DEFAULT_POLICY,
        NOT_READY,
        UNKNOWN_USER,
        MessageSent,
        Released,
        ReleaseSend,
        SendDecision,
        SendRequest,
        SetPolicy,
        SetPreferences,
        UserState,
    )
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.inputs import SingleInputStart, accepts_all
    from workflows.shared.refusals import Refusal
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary, SummaryPublisher
    from workflows.shared.visibility import FIRST

QUIET_WAIT = timedelta(milliseconds=20)
QUIET_TRIES = 50
LOOKUP_TIMEOUT = timedelta(seconds=10)


@workflow.defn(name=ACTOR_WORKFLOW_TYPE)
class UserActorWorkflow(SingleInputStart):
    """Lives as long as there are sends to the user, and continues as new without losing one.

    Updates may arrive with the start, before the user's preferences are read: they wait for these, and then decide
    and count without an await, so that no other handler runs in between.
    """

    @workflow.init
    def __init__(self, start: ActorStart) -> None:
        self._user_id = start.user_id
        self._state = start.carried
        self._unknown = False
        self._early_reports: list[MessageSent] = []
        self._served_at = workflow.now()
        self._summary = SummaryPublisher()

    @workflow.run
    async def run(self, start: ActorStart) -> None:
        """Serve updates, signals and queries until the history is long; then continue as new.

        Fails as ``UnknownUser`` if there is no user. Once there is, the next sender starts a new actor.
        """
        if self._state is None:
            await self._look_up(start)
        if self._unknown:
            await workflow.wait_condition(workflow.all_handlers_finished)
        state = self._known()
        self._publish()
        await self._summary.open()
        await workflow.wait_condition(workflow.info().is_continue_as_new_suggested)
        await self._quiet_moment()
        state.forget(workflow.now())
        workflow.continue_as_new(ActorStart(user_id=self._user_id, carried=state))

    @accepts_all
    @workflow.update
    async def reserve_send(self, send: SendRequest) -> SendDecision:
        """Decide on a message and count it, in one step."""
        state = await self._ready()
        return state.reserve(send, workflow.now(), update_id=update_id())

    @accepts_all
    @workflow.update
    async def release_send(self, release: ReleaseSend) -> Released:
        """Stop counting a message that was proven not to have gone out. Idempotent."""
        state = await self._ready()
        released = state.release(release.send_id, release.reason, workflow.now(), update_id=update_id())
        return Released(released=released)

    @workflow.signal
    def message_sent(self, message: MessageSent) -> None:
        """Count a message that went out without a reservation."""
        self._served_at = workflow.now()
        if self._state is None:
            self._early_reports.append(message)
        else:
            self._state.report(message, workflow.now())

    @accepts_all
    @workflow.update
    async def set_preferences(self, change: SetPreferences) -> UserState:
        """Replace the user's preferences."""
        state = await self._ready()
        state.set_preferences(change, workflow.now())
        self._publish()
        return user_state(state, workflow.now())

    @accepts_all
    @workflow.update
    async def set_policy(self, change: SetPolicy) -> UserState:
        """Replace the user's caps."""
        state = await self._ready()
        state.set_policy(change, workflow.now())
        return user_state(state, workflow.now())

    @workflow.query
    def can_send(self, send: SendRequest) -> SendDecision:
        """Return the decision of ``reserve_send`` without a reservation."""
        return self._known().decide(send, time_of_query())

    @workflow.query
    def get_user_state(self) -> UserState:
        """Return preferences, caps and their usage."""
        return user_state(self._known(), time_of_query())

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:  # noqa: ARG002 - the same for everyone
        """Return what people may do now."""
        return actor_actions(self._known())

    @workflow.query
    def get_summary(self) -> Summary:
        """Return the list row."""
        return actor_summary(self._known())

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[UserState]:
        """Return view, actions and list row together."""
        return Snapshot[UserState].take(self.get_user_state(), self.get_actions(viewer), self.get_summary())

    async def _look_up(self, start: ActorStart) -> None:
        """Take the directory entry from the caller, or read it."""
        record = start.record or await workflow.execute_activity_method(
            CampaignActivities.load_user,
            start.user_id,
            start_to_close_timeout=LOOKUP_TIMEOUT,
            priority=FIRST,  # ahead of the queued batches, which may wait for this actor
        )
        if record is None:
            self._unknown = True
            return
        self._state = ActorState(
            user_id=start.user_id,
            since=workflow.now(),
            timezone=record.timezone,
            preferences=start.preferences or record.preferences,
            policy=start.policy or DEFAULT_POLICY,
        )
        for message in self._early_reports:
            self._state.report(message, workflow.now())

    async def _quiet_moment(self) -> None:
        """Wait for a workflow task without messages to end the run in; under load there may be none.

        That task is repeated when a signal arrives: an update answered in it may fail, or reach the next run again.
        """
        for _ in range(QUIET_TRIES):
            await workflow.sleep(QUIET_WAIT)
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self._served_at != workflow.now():
                return

    async def _ready(self) -> ActorState:
        await workflow.wait_condition(lambda: self._state is not None or self._unknown)
        self._served_at = workflow.now()
        return self._known()

    def _known(self) -> ActorState:
        if self._state is not None:
            return self._state
        if self._unknown:
            raise Refusal(UNKNOWN_USER, f"there is no user {self._user_id}").error
        raise Refusal("NotReady", f"{self._user_id} {NOT_READY}").error

    def _publish(self) -> None:
        self._summary.publish(self.get_summary())
