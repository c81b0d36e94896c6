"""Typed calls to the campaigns system from outside: the one place that knows its IDs and handler names."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

from pydantic import BaseModel
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from workflows.campaigns.audience import audience_to_find, audience_words, why_not_audience
from workflows.campaigns.audience_models import AudienceAnswer, FindAudience, FoundAudience
from workflows.campaigns.bounces import ReportBounce
from workflows.campaigns.cap_usage_models import AskCapUsage, CapUsage
from workflows.campaigns.models import (
    NOT_READY,
    UNKNOWN_USER,
    CampaignControl,
    CampaignProgress,
    CampaignRequest,
    CampaignStatus,
    CapPolicy,
    MessageSent,
    Released,
    ReleaseSend,
    SendDecision,
    SendRequest,
    SetPolicy,
    SetPreferences,
    SetRate,
    StartUserActor,
    UserState,
)
from workflows.campaigns.user_answer import LookUpUser, UserAnswer, trial_words
from workflows.shared.client import CALL_TIMEOUT, OPEN, AnswerT, WorkflowClient
from workflows.shared.errors import ClosedError, NoAnswerError, NotFoundError, RefusedError, UnknownItemError
from workflows.shared.refusals import INVALID_REQUEST
from workflows.shared.summary import StartRow

TASK_QUEUE = "marketing-campaign-queue"
CAMPAIGN_WORKFLOW_TYPE = "CampaignWorkflow"
ACTOR_WORKFLOW_TYPE = "UserActorWorkflow"
AUDIENCE_LOOKUP_TYPE = "AudienceLookupWorkflow"
CAP_USAGE_TYPE = "CapUsageWorkflow"
USER_LOOKUP_TYPE = "UserLookupWorkflow"
CAMPAIGN_ID_PREFIX = "campaign-"
ACTOR_ID_PREFIX = "user-actor-"
UNDER_WAY = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED})
POLL_INTERVAL = 0.05
"""Seconds between two queries of an actor that is still looking up its user, or of a campaign its audience."""
MAX_CONCURRENT_UPDATES = 8
"""For each actor. The server allows 10; beyond that it aborts accepted ones, and retries can starve a new actor."""

MAX_RUNNING = 50_000
"""Actors of which a client remembers that they run, 150 bytes each."""


def campaign_workflow_id(campaign_id: str) -> str:
    """Return the workflow ID of a campaign."""
    return f"{CAMPAIGN_ID_PREFIX}{campaign_id}"


def actor_workflow_id(user_id: str) -> str:
    """Return the workflow ID of a user's actor."""
    return f"{ACTOR_ID_PREFIX}{user_id}"


def new_campaign_id(now: datetime) -> str:
    """Return a campaign ID made of the time, such as ``CMP-20250131-163022``."""
    return f"CMP-{now:%Y%m%d-%H%M%S}"


def _new_id(name: str) -> str:
    return f"{name}-{uuid4().hex}"


class CampaignsClient(WorkflowClient):
    """Starts campaigns, pauses, resumes and cancels them, and asks them questions."""

    workflow_type = CAMPAIGN_WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "campaign"
    id_prefix = CAMPAIGN_ID_PREFIX

    async def start(self, request: CampaignRequest) -> str:
        """Start a campaign, wait until its audience is known, and return its workflow ID.

        Raises ``AlreadyExistsError`` for an ID in use, ``RefusedError`` when there is no such audience, after which the
        ID may be used again, and ``NoAnswerError`` when it was started and nobody said in time whether it goes on.
        """
        started = await self.begin(request)
        try:
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                await self._until_open(request.campaign_id)
        except TimeoutError as error:
            raise NoAnswerError(
                f"campaign {request.campaign_id} is started, but its audience is not known after {CALL_TIMEOUT.seconds}"
                " s; is a worker running? Look at its state before trying again"
            ) from error
        return started

    async def look_up_audience(self, wanted: FindAudience) -> AudienceAnswer:
        """Return what is known of an audience, or what there is to choose from."""
        unknown = "the store did not say whom a campaign could address"
        return await self._ask(AUDIENCE_LOOKUP_TYPE, _new_id("audience-lookup"), wanted, AudienceAnswer, unknown)

    async def cap_usage(self, segment: str | None = None) -> CapUsage:
        """Return how full the caps of a segment's users are, or of all users; of many a sample is read."""
        unknown = "the store did not say how full the caps are"
        return await self._ask(CAP_USAGE_TYPE, _new_id("cap-usage"), AskCapUsage(segment=segment), CapUsage, unknown)

    async def preview(self, request: CampaignRequest) -> str:
        """Return whom a campaign would address. Raises ``RefusedError`` when nobody."""
        wanted = audience_to_find(request.audience)
        found = (await self.look_up_audience(wanted)).found or FoundAudience(size=None)
        if why_not := why_not_audience(wanted, found):
            raise RefusedError(f"{why_not.field}: {why_not.words}", why_not.kind)
        return audience_words(wanted, found)

    async def begin(self, request: CampaignRequest) -> str:
        """Start a campaign without waiting for its first answer. Raises ``AlreadyExistsError`` for an ID in use."""
        started = campaign_workflow_id(request.campaign_id)
        await self._start(started, request)
        return started

    async def _until_open(self, campaign_id: str) -> None:
        """Return when the audience is known. Raises ``RefusedError`` if the workflow has failed."""
        started = campaign_workflow_id(campaign_id)
        while True:
            with suppress(NoAnswerError):  # a worker that is busy, or comes later, answers the next time
                if (await self.get_progress(campaign_id)).status in UNDER_WAY:
                    return
                if await self._execution_status(started) != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING:
                    with self._clear_errors(started):
                        await self._handle(started).result(rpc_timeout=CALL_TIMEOUT)
                    return
            await asyncio.sleep(POLL_INTERVAL)

    async def pause(
        self, campaign_id: str, control: CampaignControl, *, update_id: str | None = None
    ) -> CampaignProgress:
        """Stop sending until resumed. Raises ``RefusedError`` with the workflow's words, as all updates do."""
        return await self._control(campaign_id, "pause", control, update_id)

    async def resume(
        self, campaign_id: str, control: CampaignControl, *, update_id: str | None = None
    ) -> CampaignProgress:
        """Go on sending."""
        return await self._control(campaign_id, "resume", control, update_id)

    async def cancel(
        self, campaign_id: str, control: CampaignControl, *, update_id: str | None = None
    ) -> CampaignProgress:
        """Stop for good."""
        return await self._control(campaign_id, "cancel", control, update_id)

    async def set_rate(self, campaign_id: str, change: SetRate, *, update_id: str | None = None) -> CampaignProgress:
        """Send faster or slower from now on."""
        return await self._control(campaign_id, "set_rate", change, update_id)

    async def get_progress(self, campaign_id: str) -> CampaignProgress:
        """Return how far the campaign is."""
        return await self._query(campaign_workflow_id(campaign_id), "get_progress", CampaignProgress)

    async def _control(
        self, campaign_id: str, name: str, control: CampaignControl, update_id: str | None
    ) -> CampaignProgress:
        return await self._update(
            campaign_workflow_id(campaign_id), name, control, CampaignProgress, update_id=update_id
        )


class UserActorsClient(WorkflowClient):
    """Reserves sends with the users' actors. Whatever changes something starts an actor if there is none."""

    workflow_type = ACTOR_WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "user actor"
    id_prefix = ACTOR_ID_PREFIX

    def __init__(self, client: Client, *, task_queue: str | None = None) -> None:
        super().__init__(client, task_queue=task_queue)
        self._slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._running: dict[str, None] = {}
        """Workflow IDs of actors that answered lately, oldest first."""

    async def reserve_send(self, start: StartUserActor, send: SendRequest, row: StartRow | None = None) -> SendDecision:
        """Decide and count one send, in one step. Raises ``RefusedError`` when there is no such user.

        ``row`` is the list row of an actor that this starts.

        An actor that answered lately is asked without a start, which costs a third less, and with one if it is gone.

        The update has no fixed ID: the server would repeat its first answer, and a deferred send could never be
        granted later. The actor recognises the ``send_id`` of a granted one.
        """
        workflow_id = actor_workflow_id(start.user_id)
        if workflow_id in self._running:
            with suppress(NotFoundError, ClosedError), self._clear_errors(workflow_id):
                async with asyncio.timeout(CALL_TIMEOUT.total_seconds()), self._slot(workflow_id):
                    return await self._update(workflow_id, "reserve_send", send, SendDecision, update_id=None)
            self._running.pop(workflow_id, None)
        answer = await self._update_with_start(start, "reserve_send", send, SendDecision, update_id=None, row=row)
        self._running[workflow_id] = None
        while len(self._running) > MAX_RUNNING:
            del self._running[next(iter(self._running))]
        return answer

    def answered_lately(self, user_id: str) -> bool:
        """Return whether the user's actor runs, as far as this client knows."""
        return actor_workflow_id(user_id) in self._running

    async def release_send(self, user_id: str, release: ReleaseSend) -> Released:
        """Give back a reservation whose message was proven not to have gone out."""
        return await self._update(actor_workflow_id(user_id), "release_send", release, Released, update_id=None)

    async def message_sent(self, user_id: str, message: MessageSent) -> None:
        """Report a send that was not reserved."""
        workflow_id = actor_workflow_id(user_id)
        with self._clear_errors(workflow_id):
            await self._client.start_workflow(
                self.workflow_type,
                StartUserActor(user_id=user_id),
                id=workflow_id,
                task_queue=self._task_queue,
                start_signal="message_sent",
                start_signal_args=[message],
                rpc_timeout=CALL_TIMEOUT,
            )

    async def can_send(self, user_id: str, send: SendRequest) -> SendDecision:
        """Return the decision that ``reserve_send`` would give, reserving nothing."""
        return await self._query(actor_workflow_id(user_id), "can_send", SendDecision, send)

    async def set_preferences(
        self, user_id: str, preferences: SetPreferences, *, update_id: str | None = None
    ) -> UserState:
        """Change what the user wants to hear."""
        start = StartUserActor(user_id=user_id)
        return await self._update_with_start(start, "set_preferences", preferences, UserState, update_id=update_id)

    async def report_bounce(self, user_id: str, report: ReportBounce, *, update_id: str | None = None) -> UserState:
        """Say what a provider heard of an address: a bounce or a complaint. Idempotent."""
        start = StartUserActor(user_id=user_id)
        return await self._update_with_start(start, "report_bounce", report, UserState, update_id=update_id)

    async def set_policy(self, user_id: str, policy: SetPolicy, *, update_id: str | None = None) -> UserState:
        """Change the user's caps."""
        start = StartUserActor(user_id=user_id)
        return await self._update_with_start(start, "set_policy", policy, UserState, update_id=update_id)

    async def get_user_state(self, user_id: str) -> UserState:
        """Return preferences, caps and their usage."""
        return await self._query(actor_workflow_id(user_id), "get_user_state", UserState)

    async def look_up(self, wanted: LookUpUser) -> UserAnswer:
        """Return what the store knows of a user, and what the last days would have been under another policy.

        No actor is started.
        """
        unknown = f"the store did not say who {wanted.user_id} is"
        return await self._ask(USER_LOOKUP_TYPE, _new_id("user-lookup"), wanted, UserAnswer, unknown)

    async def known_state(self, user_id: str) -> UserState:
        """Return what the user's actor says; what the store says while there is none, or none that runs.

        Raises ``UnknownItemError`` when there is no such user, with those who may be meant.
        """
        if await self._has_actor(user_id):
            return await self.get_user_state(user_id)
        found = await self.look_up(LookUpUser(user_id=user_id))
        if found.state is None:
            raise _unknown(user_id, found)
        return found.state

    async def known_decision(self, user_id: str, send: SendRequest) -> SendDecision:
        """Return the decision of :meth:`can_send`; while no actor runs, that of the actor which a send would start.

        Raises ``UnknownItemError`` when there is no such user, with those who may be meant.
        """
        if await self._has_actor(user_id):
            return await self.can_send(user_id, send)
        found = await self.look_up(LookUpUser(user_id=user_id, send=send))
        if found.decision is None:
            raise _unknown(user_id, found)
        return found.decision

    async def _has_actor(self, user_id: str) -> bool:
        try:
            return await self._execution_status(actor_workflow_id(user_id)) in OPEN
        except NotFoundError:
            return False

    async def preview_policy(self, user_id: str, policy: CapPolicy | None) -> str:
        """Return what a policy, None for the default one, would have done to a user's sends.

        Raises ``RefusedError`` for one that cannot be.
        """
        trial = (await self.look_up(LookUpUser(user_id=user_id, policy=policy, try_policy=True))).trial
        if trial is None:
            raise UnknownItemError(f"there is no user {user_id}", UNKNOWN_USER)
        if trial.why_not:
            raise RefusedError(trial.why_not, INVALID_REQUEST)
        return f"{'' if policy else 'follows the default policy again; '}{trial_words(trial)}"

    @contextmanager
    def _clear_errors(self, workflow_id: str) -> Iterator[None]:
        try:
            with super()._clear_errors(workflow_id):
                yield
        except RefusedError as refused:
            if refused.kind != UNKNOWN_USER:
                raise
            raise UnknownItemError(str(refused), UNKNOWN_USER) from refused

    async def _query(
        self,
        workflow_id: str,
        name: str,
        answer: type[AnswerT],
        payload: BaseModel | None = None,
        *,
        run_id: str | None = None,
    ) -> AnswerT:
        """Query an actor, again and again while it is still looking up its user."""
        with self._clear_errors(workflow_id):
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                while True:
                    try:
                        return await super()._query(workflow_id, name, answer, payload, run_id=run_id)
                    except RefusedError as refused:  # a failed query has a text but no type
                        if not str(refused).endswith(NOT_READY):
                            raise
                    await asyncio.sleep(POLL_INTERVAL)

    async def _update_with_start(
        self,
        start: StartUserActor,
        name: str,
        payload: BaseModel,
        answer: type[AnswerT],
        *,
        update_id: str | None,
        row: StartRow | None = None,
    ) -> AnswerT:
        workflow_id = actor_workflow_id(start.user_id)
        operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            self.workflow_type,
            start,
            id=workflow_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            memo=row.memo if row else None,
            search_attributes=row.attributes if row else None,
        )
        with self._clear_errors(workflow_id):
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()), self._slot(workflow_id):
                result: AnswerT = await self._client.execute_update_with_start_workflow(
                    name, payload, start_workflow_operation=operation, id=update_id, result_type=answer
                )
        return result

    def _slot(self, workflow_id: str) -> asyncio.Semaphore:
        return self._slots.setdefault(workflow_id, asyncio.Semaphore(MAX_CONCURRENT_UPDATES))


def _unknown(user_id: str, found: UserAnswer) -> UnknownItemError:
    meant = f": did you mean {' or '.join(found.like)}?" if found.like else ""
    return UnknownItemError(f"there is no user {user_id}{meant}", UNKNOWN_USER)
