"""Activities of an approval: the directory, the store's record."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from workflows.approvals.applying import AppliedStep, StepToApply, leave_days, planned_step
from workflows.approvals.attempt_models import AttemptLookup, KeptAttempts, RefusedAttempt
from workflows.approvals.content import hash_of_content
from workflows.approvals.level_models import LevelPlan, LevelToPlan, ResolvedChain
from workflows.approvals.models import ApprovalRequest, OpenedRequest, PersonAnswer, PersonLookup
from workflows.approvals.people.plan import plan_level
from workflows.approvals.people.resolve import resolve_chain
from workflows.approvals.policy.calendars import CalendarTable
from workflows.approvals.policy.reading import PolicyError
from workflows.approvals.ports import (
    ApprovalPorts,
    OtherBookingError,
    PaymentRelease,
    UnknownPersonError,
)
from workflows.approvals.record import opened_at, record_of, review_of
from workflows.approvals.record_models import AppliedInStore, RequestToOpen, RequestToSave, SavedRequest
from workflows.approvals.review.review import Review
from workflows.approvals.slack.cards import wanted_messages
from workflows.approvals.slack.models import Notice, SlackLookup, SlackState, SlackSwitch
from workflows.shared.items import ItemRecord, hash_of

AnswerT = TypeVar("AnswerT")

OPEN_REQUEST = "open_request"
OPEN_WITH_RIGHT_POLICY = "open_with_right_policy"
PLAN_LEVEL = "plan_level"
FIND_RECORD = "find_record"
SAVE_RECORD = "save_record"
RESOLVE_LEVELS = "resolve_levels"
LOOK_UP_PERSON = "look_up_person"
LOOK_UP_SLACK = "look_up_slack"
KEEP_ATTEMPT = "keep_attempt"
LOOK_UP_ATTEMPTS = "look_up_attempts"
APPLY_REQUEST = "apply_request"

NOT_APPLICABLE = "NotApplicable"
"""Type of the error of a step that no retry can do."""
POLICY_WRONG = "PolicyWrong"
"""Type of the error while the policy file cannot be used."""
MAX_PROBLEMS = 5
"""Problems of the policy that a request tells of."""
MAX_PROPOSED = 200
"""People that a look-up tells of; others are found by their IDs."""


class ApprovalActivities:
    """Reads the directory, and keeps the record; every activity is idempotent."""

    def __init__(self, ports: ApprovalPorts, *, registered: bool) -> None:
        self._registered = registered
        self._directory = ports.directory
        self._slack = ports.slack
        self._items = ports.items
        self._policies = ports.policies
        self._absences = ports.absences
        self._releases = ports.releases
        self._attempts = ports.attempts

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities, for a worker."""
        return [
            self.open_request,
            self.open_with_right_policy,
            self.resolve_levels,
            self.plan_level,
            self.find_record,
            self.save_record,
            self.look_up_person,
            self.look_up_slack,
            self.keep_attempt,
            self.look_up_attempts,
            self.apply_request,
        ]

    @activity.defn(name=OPEN_REQUEST)
    async def open_request(self, opening: RequestToOpen) -> OpenedRequest:
        """Return the record of an earlier run, or find out who decides the request, or what is wrong with the policy.

        A request that begins is in the store then, with its first levels planned. Raises ``InvalidRequest``, not
        retryable, when nobody can decide it.
        """
        info = activity.info()
        record = await self._items.find(info.workflow_id or "")
        if record is not None:
            opened = opened_at(record)
            began = record.chain == opening.chain and opened is not None and opened >= info.scheduled_time
            return OpenedRequest(registered=self._registered, record=record, began=began)
        try:
            file = await self._policies.read()
        except PolicyError as error:
            return OpenedRequest(registered=self._registered, policy_problems=error.lines[:MAX_PROBLEMS])
        chain = await resolve_chain(opening.request, self._directory, file.policy)
        return await self._begin(opening, chain, file.policy.calendar)

    async def _begin(
        self, opening: RequestToOpen, chain: ResolvedChain, calendars: Mapping[str, CalendarTable]
    ) -> OpenedRequest:
        """Do what the workflow will do with the chain, so that the store has it before anybody may decide."""
        at = activity.info().started_time
        review = Review(opening.request, opening.began_at)
        opened = OpenedRequest(registered=self._registered, chain=chain, at=at)
        if review.why_not_begin(at) is not None:
            return opened
        review.open(chain, at)
        levels = [review.level_to_plan(step, at) for step in review.chain.open_steps]
        plans = [await plan_level(level, self._directory, calendars) for level in levels]
        for step, plan in zip(review.chain.open_steps, plans, strict=True):
            if step.is_open:
                review.plan(step, plan, at)
        record = record_of(review, chain=opening.chain, request_hash=hash_of(opening.request))
        await self._items.begin(activity.info().workflow_id or "", record)
        slack = await self._show(review, review.take_notices(), record)
        return opened.model_copy(update={"plans": plans, "saved": len(review.trail), "slack": slack})

    @activity.defn(name=OPEN_WITH_RIGHT_POLICY)
    async def open_with_right_policy(self, opening: RequestToOpen) -> OpenedRequest:
        """Do the same, but raise while the policy is wrong: a retry writes nothing into the workflow's history."""
        opened = await self.open_request(opening)
        if opened.policy_problems:
            raise ApplicationError(opened.policy_problems[0], type=POLICY_WRONG)
        return opened

    @activity.defn(name=PLAN_LEVEL)
    async def plan_level(self, level: LevelToPlan) -> LevelPlan:
        """Find out who of an open level's people is there, and when it is due by their calendars.

        Raises, so that it is retried, while the policy is wrong: it has the calendars.
        """
        try:
            file = await self._policies.read()
        except PolicyError as error:
            raise ApplicationError(error.lines[0], type=POLICY_WRONG) from None
        return await plan_level(level, self._directory, file.policy.calendar)

    @activity.defn(name=RESOLVE_LEVELS)
    async def resolve_levels(self, request: ApprovalRequest) -> ResolvedChain:
        """Find out who decides a new version. Raises ``InvalidRequest``, not retryable, when nobody can."""
        file = await self._policies.read()
        return await resolve_chain(request, self._directory, file.policy)

    @activity.defn(name=FIND_RECORD)
    async def find_record(self, item_id: str) -> ItemRecord | None:
        """Return the store's record of a request."""
        return await self._items.find(item_id)

    @activity.defn(name=SAVE_RECORD)
    async def save_record(self, item: RequestToSave) -> SavedRequest:
        """Save the record of a request, or return another that stands; plan its levels, and try its step, once.

        What Slack is to show of it goes into the store as well. What fails but the record is left to activities of
        its own, with their own retries.
        """
        kept = await self._items.save(item.item_id, item.record)
        if (kept.sequence, kept.chain, kept.status) != (item.record.sequence, item.record.chain, item.record.status):
            return SavedRequest(record=kept)
        plans = await self._or_none(self._plan_levels(item.levels)) if item.levels else None
        slack = await self._show_saved(item, plans) if self._slack.on else "off"
        applied = await self._or_none(self._apply_and_save(item, item.step)) if item.step else None
        return SavedRequest(plans=plans, applied=applied, slack=slack)

    async def _show_saved(self, item: RequestToSave, plans: list[LevelPlan] | None) -> SlackSwitch:
        """Let Slack show what was saved, with the deadlines that were planned in the same go."""
        at = activity.info().started_time
        review = review_of(item.record, at)
        for level, plan in zip(item.levels, plans or [], strict=False):
            for step in review.chain.open_steps:
                if (step.level.name, step.opened_at) == (level.level, level.opened_at):
                    review.plan(step, plan, at)
        return await self._show(review, item.notices, item.record)

    async def _show(self, review: Review, notices: list[Notice], record: ItemRecord) -> SlackSwitch:
        if not self._slack.on:
            return "off"
        at = activity.info().started_time
        await self._slack.put(wanted_messages(review, notices, at, sequence=record.sequence))
        return "on"

    async def _plan_levels(self, levels: list[LevelToPlan]) -> list[LevelPlan]:
        return [await self.plan_level(level) for level in levels]

    async def _apply_and_save(self, item: RequestToSave, step: StepToApply) -> AppliedInStore:
        done, at = await self.apply_request(step), activity.info().started_time
        review = review_of(item.record, at)
        review.applied(done.words, at)
        record = record_of(review, chain=item.record.chain, request_hash=item.record.request_hash)
        await self._items.save(item.item_id, record)
        return AppliedInStore(words=done.words, at=at, saved=len(review.trail))

    @staticmethod
    async def _or_none(work: Awaitable[AnswerT]) -> AnswerT | None:
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - whatever it is, an activity of its own tells of it
            activity.logger.info("left to an activity of its own: %s", error)
            return None

    @activity.defn(name=LOOK_UP_PERSON)
    async def look_up_person(self, lookup: PersonLookup) -> PersonAnswer:
        """Ask the directory for a person."""
        person = await self._directory.person(lookup.person_id)
        people = await self._directory.people(MAX_PROPOSED) if lookup.people else []
        if person is None:
            return PersonAnswer(person_id=lookup.person_id, known=False, people=people)
        groups = list(person.groups)
        return PersonAnswer(
            person_id=person.person_id,
            known=True,
            name=person.name,
            groups=groups,
            manager=person.manager,
            people=people,
        )

    @activity.defn(name=LOOK_UP_SLACK)
    async def look_up_slack(self, lookup: SlackLookup) -> SlackState:
        """Return what became of a request's messages in Slack."""
        return await self._slack.state(lookup.request_id)

    @activity.defn(name=KEEP_ATTEMPT)
    async def keep_attempt(self, attempt: RefusedAttempt) -> None:
        """Keep a refused attempt beside the trail of its request, once."""
        await self._attempts.keep(attempt, activity.info().started_time)

    @activity.defn(name=LOOK_UP_ATTEMPTS)
    async def look_up_attempts(self, lookup: AttemptLookup) -> KeptAttempts:
        """Return the refused attempts that are kept beside the trail of a request."""
        return KeptAttempts(request_id=lookup.request_id, entries=await self._attempts.kept(lookup.request_id))

    @activity.defn(name=APPLY_REQUEST)
    async def apply_request(self, step: StepToApply) -> AppliedStep:
        """Do what follows from an approval, once for the step's key.

        Raises ``NotApplicable``, not retryable, if it is not what was approved, or can never be done.
        """
        content_hash = hash_of_content(step.request, step.version, step.attachments)
        if content_hash != step.content_hash:
            words = f"the content of the request has the hash {content_hash}, and {step.content_hash} was approved"
            raise ApplicationError(words, type=NOT_APPLICABLE, non_retryable=True)
        try:
            done = await self._apply(step)
        except (UnknownPersonError, OtherBookingError, ValueError) as error:
            raise ApplicationError(str(error), type=NOT_APPLICABLE, non_retryable=True) from None
        words = planned_step(step.request).words
        return AppliedStep(words=words if done else f"{words}, as was done before")

    async def _apply(self, step: StepToApply) -> bool:
        request = step.request
        if planned_step(request).name == "book_absence":
            days = leave_days(request)
            if isinstance(days, str):
                raise ValueError(days)
            return await self._absences.book_absence(request.requester, *days, step.key)
        if request.amount is None or request.currency is None:
            raise ValueError("the request has no amount")
        release = PaymentRelease(
            key=step.key,
            request_id=request.request_id,
            version=step.version,
            kind=request.kind,
            payee=request.requester,
            amount=request.amount,
            currency=request.currency,
            content_hash=step.content_hash,
        )
        return await self._releases.release(release)
