"""What follows from an approval: once for request and version, of what was approved, and a person where it fails."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from temporalio.exceptions import ApplicationError

from tests.support.approvals import NOW, Office, leave, level, under_review
from tests.support.resets import ALL, NOTHING, Reapply, reset, reset_points
from workers.store.directory import SqlDirectory
from workers.store.releases import SqlReleases
from workers.store.schema import payment_releases
from workflows.approvals.actions import available_actions
from workflows.approvals.activities import ApprovalActivities
from workflows.approvals.apply_models import ApplyStatus
from workflows.approvals.applying import StepToApply, planned_step
from workflows.approvals.client import WORKFLOW_TYPE, workflow_id
from workflows.approvals.explain import explain
from workflows.approvals.models import ApprovalStatus, Refusals
from workflows.approvals.ports import Absence, OtherBookingError, PaymentRelease
from workflows.approvals.record import record_of, restore
from workflows.approvals.review.review import Review
from workflows.approvals.updates import Approve, RetryApply, SettleApply, Withdraw
from workflows.shared.errors import RefusedError

DAYS = {"from": "2026-12-24", "until": "2027-01-03"}
BOOKED = (Absence(date(2026, 12, 24), date(2027, 1, 3)),)
LENSES = {"kind": "expense", "amount": 184_000, "currency": "USD"}


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"details": DAYS}, "book_absence", "ana is booked as absent from 2026-12-24 until 2027-01-03"),
        ({"details": {**DAYS, "until": "2026-12-24"}}, "book_absence", "ana is booked as absent on 2026-12-24"),
        ({}, None, "no absence is booked: details.from is missing; give a day like 2026-12-24"),
        ({"details": {**DAYS, "until": "May"}}, None, "no absence is booked: details.until is no day like 2026-12-24"),
        (
            {"details": {**DAYS, "until": "2026-12-01"}},
            None,
            "no absence is booked: details.until is 2026-12-01, before details.from, 2026-12-24",
        ),
        (LENSES, "release_payment", "$1,840.00 is released for payment to ana"),
        ({**LENSES, "kind": "Purchase"}, "release_payment", "$1,840.00 is released for payment to ana"),
        ({**LENSES, "amount": 0}, None, "nothing is released for payment: the amount is $0.00"),
        ({"kind": "expense"}, None, "nothing is released for payment: the request has no amount"),
        ({"kind": "hire"}, None, "nothing is done by itself for the kind hire"),
    ],
)
def test_each_kind_says_what_follows(fields: dict[str, object], name: str | None, words: str) -> None:
    planned = planned_step(leave(**fields))
    assert (planned.name, planned.words) == (name, words)


def approved(**fields: object) -> Review:
    """Return a request that its one approver has approved."""
    review = under_review(levels=[level("ben")], **fields)
    review.approve(Approve(approver="ben"), NOW)
    return review


def test_a_kind_without_a_step_is_done_at_once_and_says_so() -> None:
    review = approved(kind="hire")
    assert review.is_done
    assert explain(review, NOW).applying == "nothing is done by itself for the kind hire"


def test_an_open_request_says_what_would_follow() -> None:
    review = under_review(levels=[level("ben")], **LENSES)
    assert explain(review, NOW).applying == "once it is approved, $1,840.00 is released for payment to ana"
    (approve,) = (action for action in available_actions(review, "ben", NOW) if action.name == "approve")
    assert approve.effect == "approves the request of $1,840.00; then $1,840.00 is released for payment to ana"


def test_what_fails_asks_for_a_person_who_tries_again_or_settles_it() -> None:
    review = approved(**LENSES)
    assert not review.is_done
    review.apply_failed("finance is closed", NOW)
    assert (review.status, review.shown_attention) == (ApprovalStatus.NEEDS_ACTION, "apply_failed")
    assert review.chain.status == ApprovalStatus.APPROVED
    restored = Review(review.request, NOW)
    restore(restored, record_of(review, chain="run", request_hash=""))
    assert (restored.status, restored.application) == (review.status, review.application)
    offered = {action.name: action.enabled for action in available_actions(review, "ana", NOW)}
    assert (offered["retry_apply"], offered["settle_apply"], offered["withdraw"]) == (True, False, False)
    review.retry_apply(RetryApply(by="ana"), NOW)
    assert (review.status, review.shown_attention) == (ApprovalStatus.APPROVED, None)
    review.apply_failed("finance is closed", NOW)
    review.settle_apply(SettleApply(by="dora", reason="paid in cash"), NOW)
    assert (review.status, review.is_done) == (ApprovalStatus.APPROVED, True)
    assert explain(review, NOW).applying == "settled by dora: paid in cash"
    actions = [entry.action for entry in review.trail[-4:]]
    assert actions == ["apply_failed", "retry_apply", "apply_failed", "settle_apply"]


def test_who_may_not_say_so_is_told_why() -> None:
    review = approved(**LENSES)
    for by, reason, kind, words in (
        ("ben", "", Refusals.CLOSED, "it is being tried now: "),
        ("ana", "paid", Refusals.SELF_APPROVAL, "by: ana made this request and cannot say that it was applied"),
        ("ben", " ", Refusals.REASON_REQUIRED, "reason: it is empty"),
    ):
        why_not = review.why_not_settle_apply(SettleApply(by=by, reason=reason))
        assert why_not is not None
        assert (why_not.kind, why_not.words[: len(words)]) == (kind, words)
        if review.status == ApprovalStatus.APPROVED:
            review.apply_failed("finance is closed", NOW)
    why_not = under_review(levels=[level("ben")]).why_not_retry_apply(RetryApply(by="ben"))
    assert why_not is not None
    assert why_not.words == "the request is not approved, so nothing follows from it yet"


@pytest.fixture
def step() -> StepToApply | None:
    """Return what follows from an approved expense."""
    return approved(**LENSES).step_to_apply


async def test_only_what_was_approved_is_applied(office: Office, step: StepToApply | None) -> None:
    assert step is not None
    other = step.model_copy(update={"request": step.request.model_copy(update={"amount": 9_184_000})})
    activities = ApprovalActivities(office.ports, registered=True)
    with pytest.raises(ApplicationError, match=f"and {step.content_hash} was approved") as refused:
        await activities.apply_request(other)
    assert refused.value.non_retryable
    assert (await activities.apply_request(step)).words == "$1,840.00 is released for payment to ana"
    assert (await activities.apply_request(step)).words.endswith("as was done before")


async def test_a_payment_is_released_once_for_its_key(office: Office) -> None:
    releases = SqlReleases(office.store)
    release = PaymentRelease("REQ-1/v1", "REQ-1", 1, "expense", "ana", 1_200, "EUR", "ab")
    assert [await releases.release(release), await releases.release(release)] == [True, False]
    with pytest.raises(OtherBookingError, match="REQ-1/v1 is known with amount 1200, not 1300"):
        await releases.release(replace(release, amount=1_300))


async def booked(office: Office, person_id: str) -> tuple[Absence, ...]:
    """Return the absences that approved requests have booked for a person."""
    person = await SqlDirectory(office.store).person(person_id)
    assert person is not None
    return person.booked


async def test_approved_leave_is_an_absence_for_other_requests(strict_office: Office) -> None:
    office = strict_office
    today = date.today()  # noqa: DTZ011 - a leave of whole days around now, wherever that is
    days = {"from": str(today.replace(year=today.year - 1)), "until": str(today.replace(year=today.year + 1))}
    request_id = await office.start(requester="ben", details=days, levels=[level("dora")])
    await office.client.approve(request_id, Approve(approver="dora"))
    state = await office.state_at_end(request_id)
    assert state.application is not None
    assert (state.status, state.application.status) == (ApprovalStatus.APPROVED, ApplyStatus.APPLIED)
    later = await office.start(levels=[level("ben", "chen")])
    state = await office.state_when(later, lambda state: bool(state.levels[0].away))
    assert [each.person for each in state.levels[0].away] == ["ben"]


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
async def test_resets_and_repeated_starts_apply_once(office: Office, reapply: Reapply) -> None:
    request = leave(**LENSES, levels=[level("ben")])
    await office.start(request)
    await office.client.approve(request.request_id, Approve(approver="ben"))
    await office.state_at_end(request.request_id)
    id_ = workflow_id(request.request_id)
    first = (await office.temporal.get_workflow_handle(id_).describe()).run_id
    for point in await reset_points(office.temporal, id_):
        await reset(office.temporal, id_, point, reapply=reapply, run_id=first)
        state = await office.state_at_end(request.request_id)
        assert state.application is not None
        assert (state.status, state.application.status) == (ApprovalStatus.APPROVED, ApplyStatus.APPLIED)
    assert len(office.store.run(lambda connection: connection.execute(select(payment_releases)).all())) == 1


async def test_a_terminated_request_is_still_applied(office: Office) -> None:
    office.faults.down("book_absence")
    request = leave(details=DAYS, levels=[level("ben")])
    await office.start(request)
    await office.client.approve(request.request_id, Approve(approver="ben"))
    await office.record_when(request.request_id, lambda record: record.status == ApprovalStatus.APPROVED)
    id_ = workflow_id(request.request_id)
    await office.temporal.get_workflow_handle(id_).terminate()
    office.faults.up("book_absence")
    await office.temporal.start_workflow(WORKFLOW_TYPE, request, id=id_, task_queue=office.task_queue)
    assert (await office.state_at_end(request.request_id)).status == ApprovalStatus.APPROVED
    assert await booked(office, "ana") == BOOKED


async def test_a_step_that_stays_down_needs_a_person_and_is_tried_again(skipping_office: Office) -> None:
    office = skipping_office
    office.faults.down("book_absence")
    request_id = await office.start(details=DAYS, levels=[level("ben")])
    state = await office.client.approve(request_id, Approve(approver="ben"))
    assert state.status == ApprovalStatus.APPROVED
    await office.pass_time(minutes=20)
    state = await office.state_when(request_id, lambda state: state.status == ApprovalStatus.NEEDS_ACTION)
    assert state.attention == "apply_failed"
    assert state.application is not None
    assert state.application.error == "book_absence is down"
    with pytest.raises(RefusedError, match="was approved and takes no more changes"):
        await office.client.withdraw(request_id, Withdraw(requester="ana", reason="rather not"))
    office.faults.up("book_absence")
    await office.client.retry_apply(request_id, RetryApply(by="ana"))
    state = await office.state_at_end(request_id)
    assert (state.status, state.attention) == (ApprovalStatus.APPROVED, None)
    assert await booked(office, "ana") == BOOKED


async def test_a_step_that_cannot_be_done_is_settled_by_hand(office: Office) -> None:
    request_id = await office.start(details=DAYS, levels=[level("ben")])
    await SqlDirectory(office.store).book_absence("ana", date(2026, 1, 1), date(2026, 1, 1), f"{request_id}/v1")
    await office.client.approve(request_id, Approve(approver="ben"))
    state = await office.state_when(request_id, lambda state: state.status == ApprovalStatus.NEEDS_ACTION)
    assert state.application is not None
    assert "is known with first_day 2026-01-01" in (state.application.error or "")
    assert (await office.client.explain(request_id)).applying.startswith("failed: ana is booked as absent")
    with pytest.raises(RefusedError, match="by: the directory does not know zed"):
        await office.client.settle_apply(request_id, SettleApply(by="zed", reason="told HR"))
    state = await office.client.settle_apply(request_id, SettleApply(by="dora", reason="told HR"))
    assert (state.status, state.application and state.application.status) == ("APPROVED", ApplyStatus.SETTLED)
    await office.state_at_end(request_id)
