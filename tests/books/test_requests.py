"""Requests whose votes or trails do not agree."""

import copy

import pytest
from sqlalchemy import select, update

from tests.books.conftest import Company, run_temporal
from tests.support.approvals import leave, level
from tests.support.eventually import eventually
from workers.store.attempts import SqlAttempts
from workers.store.schema import approval_attempts, business_items
from workers.store.types import utc_now
from workflows.approvals.attempt_models import RefusedAttempt
from workflows.approvals.client import workflow_id
from workflows.approvals.updates import Approve, NoteRefusal

STATE = business_items.c.state


async def voted(company: Company) -> str:
    """Return a request with a vote, which the store has, and one level to go."""
    request_id = await company.office.start(leave(levels=[level("ben"), level("chen", name="last")]))
    state = await company.office.client.approve(request_id, Approve(approver="ben"))
    length = len((await company.office.client.get_audit_trail(request_id)).entries)
    await company.office.record_when(request_id, lambda record: record.sequence == length)
    assert state.levels
    return request_id


def record(company: Company) -> dict[str, object]:
    [row] = company.store.rows(select(business_items))
    return dict(row._mapping)


def rewrite(company: Company, **values: object) -> None:
    company.store.run(lambda connection: connection.execute(update(business_items).values(**values)))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda state: state["trail"][0].update(detail="other"), "trail that was changed"),
        (lambda state: state["trail"].pop(), "trail that was changed"),
        (
            lambda state: state["steps"][1]["votes"].append({**state["steps"][0]["votes"][0], "approver": "chen"}),
            "vote without a trail",
        ),
        (lambda state: state.pop("version"), "record that cannot be read"),
    ],
)
async def test_a_record_that_was_changed(company: Company, change: "object", what: str) -> None:
    await voted(company)
    assert await company.findings() == []
    state = copy.deepcopy(record(company)["state"])
    assert callable(change)
    change(state)
    rewrite(company, state=state)
    assert what in [finding.what for finding in await company.findings()]


async def test_refused_attempts_that_were_changed(company: Company) -> None:
    book = SqlAttempts(company.store)
    refusal = NoteRefusal(update="approve", by="zed", type="Closed", reason="it has ended")
    for number in (1, 2):
        attempt = RefusedAttempt(attempt_id=f"A-{number}", request_id="REQ-1", refusal=refusal)
        await book.keep(attempt, utc_now())
    assert await company.findings() == []
    second = approval_attempts.c.sequence == 2
    company.store.run(lambda change: change.execute(update(approval_attempts).where(second).values(actor="ben")))
    (finding,) = await company.findings()
    assert finding.line.startswith("refused attempts that were changed: request REQ-1: from entry 2 on; ")


async def test_a_terminated_request_is_found_and_goes_on(company: Company) -> None:
    request_id = await voted(company)
    await company.client.get_workflow_handle(workflow_id(request_id)).terminate("an accident")
    [found] = await eventually(company.findings, lambda found: len(found) == 1)  # the list lags
    assert (found.what, found.item) == ("request that has stopped", f"request {request_id}")
    await run_temporal(found.mend)
    await eventually(company.findings, lambda found: not found)
    state = await company.office.client.approve(request_id, Approve(approver="chen"))
    assert state.status == "APPROVED"


async def test_a_store_that_lost_a_vote_hears_of_it_again_after_a_reset(company: Company) -> None:
    request_id = await company.office.start(leave(levels=[level("ben"), level("chen", name="last")]))
    await company.office.record_when(request_id, lambda found: found.sequence == 2)
    before = record(company)
    await company.office.client.approve(request_id, Approve(approver="ben"))
    await company.office.client.approve(request_id, Approve(approver="chen"))
    await company.office.state_at_end(request_id)
    rewrite(company, **before)
    found = await company.finding()
    assert (found.what, found.item) == ("trail whose head differs", f"request {request_id}")
    await run_temporal(found.mend)
    await eventually(company.findings, lambda left: not left)


async def test_a_decision_that_the_store_never_heard_of(company: Company) -> None:
    request_id = await voted(company)
    company.store.run(lambda connection: connection.execute(business_items.delete()))
    found = await company.finding()
    assert (found.what, found.item) == ("vote without a trail", f"request {request_id}")
    assert workflow_id(request_id) in found.mend
