"""The actor of one user: decides on and counts the sends of all campaigns to this user."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

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
    from workflows.campaigns.steps import UserRecord
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.inputs import SingleInputStart, accepts_all
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

        Raises:
            ApplicationError: there is no user with the ID. Once there is, the next sender starts a new actor.
        """
        if self._state is None:
            await self._look_up(start)
        if self._unknown:
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise self._no_such_user()
        self._publish()
        await self._summary.open()
        await workflow.wait_condition(workflow.info().is_continue_as_new_suggested)
        await self._quiet_moment()
        state = self._known()
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
        return self._answer(workflow.now())

    @accepts_all
    @workflow.update
    async def set_policy(self, change: SetPolicy) -> UserState:
        """Replace the user's caps."""
        state = await self._ready()
        state.set_policy(change, workflow.now())
        return self._answer(workflow.now())

    @workflow.query
    def can_send(self, send: SendRequest) -> SendDecision:
        """Return the decision of ``reserve_send`` without a reservation."""
        return self._known().decide(send, time_of_query())

    @workflow.query
    def get_user_state(self) -> UserState:
        """Return preferences, caps and their usage."""
        return self._answer(time_of_query())

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
        record = start.record or await _read_user(start.user_id)
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
        """Wait for a workflow task without messages to end the run in.

        An update answered in the task that ends the run may fail or be delivered to the next run again, because that
        task is repeated when a signal arrives. Under load there may be no such moment; then the run ends all the same,
        and the next one recognises granted sends.
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
            raise self._no_such_user()
        raise ApplicationError(f"{self._user_id} {NOT_READY}", type="NotReady")

    def _no_such_user(self) -> ApplicationError:
        return ApplicationError(f"there is no user {self._user_id}", type=UNKNOWN_USER, non_retryable=True)

    def _publish(self) -> None:
        self._summary.publish(actor_summary(self._known()))

    def _answer(self, now: datetime) -> UserState:
        return user_state(self._known(), now)


async def _read_user(user_id: str) -> UserRecord | None:
    """Read the user ahead of the queued batches, which may wait for the actor."""
    return await workflow.execute_activity_method(
        CampaignActivities.load_user, user_id, start_to_close_timeout=LOOKUP_TIMEOUT, priority=FIRST
    )
