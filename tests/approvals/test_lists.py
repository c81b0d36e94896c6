"""What a list shows of a request, without asking the workflow."""

from datetime import timedelta

from sqlalchemy import insert
from temporalio.client import WorkflowExecution

from tests.support.approvals import Office, level
from tests.support.eventually import eventually
from workers.store.schema import people
from workflows.approvals.client import workflow_id
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import Approve
from workflows.shared import summary


async def listed(office: Office, query: str) -> list[WorkflowExecution]:
    return [execution async for execution in office.temporal.list_workflows(query)]


async def test_rows_carry_what_an_operator_needs(office: Office) -> None:
    request_id = await office.start(
        kind="purchase",
        amount=231_200,
        currency="USD",
        levels=[level("chen", "emeka", name="hr", due_seconds=3600), level("dora", name="directors")],
    )
    this = f"WorkflowId = '{workflow_id(request_id)}'"
    waits = f"{this} AND BizWaitingFor = 'chen' AND BizStage = 'IN_REVIEW'"
    (row,) = await eventually(lambda: listed(office, waits))
    attributes = row.typed_search_attributes
    state = await office.client.get_state(request_id)
    assert attributes[summary.OWNER] == "ana"
    assert attributes[summary.AMOUNT] == 231_200
    assert attributes[summary.WAITING_FOR] == ["chen", "emeka"]
    due_at = state.levels[0].due_at
    assert due_at is not None
    assert abs(attributes[summary.DUE_AT] - due_at) < timedelta(seconds=1)
    assert await row.memo() == {"title": "Two weeks in August", "currency": "USD", "note": "purchase · hr"}

    await office.client.approve(request_id, Approve(approver="chen"))
    await office.client.approve(request_id, Approve(approver="dora"))
    await office.state_at_end(request_id)
    approved = f"{this} AND BizStage = 'APPROVED' AND ExecutionStatus = 'Completed'"
    (row,) = await eventually(lambda: listed(office, approved))
    assert row.typed_search_attributes.get(summary.WAITING_FOR) is None
    assert row.typed_search_attributes.get(summary.DUE_AT) is None
    assert await row.memo_value("note") == "purchase"


async def test_more_people_than_a_list_can_hold_break_nothing(office: Office) -> None:
    crowd = [f"someone.with.a.long.name.{number}" for number in range(100)]
    hired = [{"person_id": name, "name": "Someone", "email": ""} for name in crowd]
    office.store.run(lambda connection: connection.execute(insert(people), hired))
    request_id = await office.start(levels=[level(*crowd)])
    row = await office.client.get_summary(workflow_id(request_id))
    assert row.waiting_for == crowd[: len(row.waiting_for)]
    state = await office.client.approve(request_id, Approve(approver=crowd[-1]))
    assert state.status == ApprovalStatus.APPROVED


async def test_a_row_does_not_wait_for_a_store_that_is_down(office: Office) -> None:
    request_id = await office.start(levels=[level("ben", name="first"), level("chen", name="second")])
    office.faults.down("save_record")
    await office.client.approve(request_id, Approve(approver="ben"))
    await eventually(lambda: listed(office, f"WorkflowId = '{workflow_id(request_id)}' AND BizWaitingFor = 'chen'"))
    office.faults.up("save_record")
    await office.client.approve(request_id, Approve(approver="chen"))
    await office.state_at_end(request_id)
