"""What a list shows of a request, without asking the workflow."""

from datetime import timedelta
from functools import partial

from sqlalchemy import insert
from temporalio.client import WorkflowExecution

from console.gateway.query import ServerFilter, WorkflowKind, filtered
from console.gateway.rows import read_row
from console.systems.approvals.system import waiting_for
from tests.support.approvals import NOW, Office, level
from tests.support.eventually import eventually
from workers.store.schema import people
from workflows.approvals.client import ID_PREFIX, WORKFLOW_TYPE, workflow_id
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import Approve
from workflows.shared import summary

KIND = WorkflowKind("approvals", WORKFLOW_TYPE, ID_PREFIX)


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


async def test_who_does_not_fit_into_the_list_row_is_found_all_the_same(office: Office) -> None:
    crowd = [f"Someone|with.a long.name.{number}" for number in range(100)]
    hired = [{"person_id": name, "name": "Someone", "email": ""} for name in crowd]
    office.store.run(lambda connection: connection.execute(insert(people), hired))
    request_id = await office.start(levels=[level(*crowd)])
    assert (await office.client.get_summary(workflow_id(request_id))).waiting_for == crowd
    for person in (crowd[0], crowd[-1]):
        query = filtered(KIND, ServerFilter(waiting_for=person, id_start=request_id))
        (found,) = await eventually(partial(listed, office, query))
        row = await read_row(found.raw_info, KIND, office.temporal.data_converter)
        assert row.waits_for(person)
        assert not row.waits_for("ana")
        shown = waiting_for(row, NOW).text
        assert shown.startswith(f"{crowd[0]} · ")
        assert shown.endswith(" more")
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
