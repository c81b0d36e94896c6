"""The actor of one user: the one place that decides and counts what all campaigns want to send to this user."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.actor_state import ActorStart, ActorState
    from workflows.campaigns.actor_view import actor_actions, actor_summary, user_state
    from workflows.campaigns.client import ACTOR_WORKFLOW_TYPE
    from workflows.campaigns.clock import time_of_query
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
    """Lives as long as the user is written to, and continues as new without losing a send.

    Updates may arrive with the start, before the user's preferences are read: they wait for them first, and then
    decide without awaiting anything, so that no other handler comes between the decision and the count.
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
        """Serve updates, signals and queries until the history is long; then go on with a fresh one.

        Raises:
            ApplicationError: nobody has that user ID. Once the user is known, the next sender starts a new actor.
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
        """Decide on a message and count it in one step."""
        state = await self._ready()
        return state.reserve(send, workflow.now(), update_id=_update_id())

    @accepts_all
    @workflow.update
    async def release_send(self, release: ReleaseSend) -> Released:
        """Stop counting a message that was proven not to have gone out; a second time nothing happens."""
        state = await self._ready()
        released = state.release(release.send_id, release.reason, workflow.now(), update_id=_update_id())
        return Released(released=released)

    @workflow.signal
    def message_sent(self, message: MessageSent) -> None:
        """Count a message that went out without asking."""
        self._served_at = workflow.now()
        if self._state is None:
            self._early_reports.append(message)
        else:
            self._state.report(message, workflow.now())

    @accepts_all
    @workflow.update
    async def set_preferences(self, change: SetPreferences) -> UserState:
        """Change what the user wants to hear, and when."""
        state = await self._ready()
        state.set_preferences(change, workflow.now())
        self._publish()
        return self._answer(workflow.now())

    @accepts_all
    @workflow.update
    async def set_policy(self, change: SetPolicy) -> UserState:
        """Change the user's caps."""
        state = await self._ready()
        state.set_policy(change, workflow.now())
        return self._answer(workflow.now())

    @workflow.query
    def can_send(self, send: SendRequest) -> SendDecision:
        """Answer as ``reserve_send`` would, reserving nothing."""
        return self._known().decide(send, time_of_query())

    @workflow.query
    def get_user_state(self) -> UserState:
        """Answer with preferences, caps and their usage."""
        return self._answer(time_of_query())

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:  # noqa: ARG002 - the same for everyone
        """Answer what people may do to the actor now."""
        return actor_actions(self._known())

    @workflow.query
    def get_summary(self) -> Summary:
        """Answer what a list row shows."""
        return actor_summary(self._known())

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[UserState]:
        """Return view, actions and list row together."""
        return Snapshot[UserState].take(self.get_user_state(), self.get_actions(viewer), self.get_summary())

    async def _look_up(self, start: ActorStart) -> None:
        """Learn what the directory knows of the user, from whoever starts the actor or from the directory itself."""
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
        """Wait for a task that nobody's message came with, so that no answer depends on the task that ends the run.

        An update that is answered in that task may be answered with an error, or be given to the next run again: the
        task fails and is repeated when a signal arrives meanwhile. Under load there may be no such moment; then the
        run ends all the same, and the next one knows the sends that were granted.
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
    """Read the user, before the batches that wait in the queue: they may wait for the actor."""
    return await workflow.execute_activity_method(
        CampaignActivities.load_user, user_id, start_to_close_timeout=LOOKUP_TIMEOUT, priority=FIRST
    )


def _update_id() -> str:
    update = workflow.current_update_info()
    if update is None:
        raise RuntimeError("only an update handler has an update ID")
    return update.id
