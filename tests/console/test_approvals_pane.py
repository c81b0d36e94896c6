"""The approvals tab on a real server with the real workflow."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from console.dialogs.form import FormDialog
from console.dialogs.reason import ReasonDialog
from tests.support.approvals import Channel, StaffDirectory, approvals_worker, leave
from tests.support.console_app import (
    active,
    answer_line,
    closed,
    details,
    focus,
    focused,
    open_dialog,
    receipt,
    running_console,
    tab_text,
    until,
)
from tests.support.forms import fill
from tests.support.temporal import dev_server, fresh
from workflows.approvals.client import TASK_QUEUE, ApprovalsClient, workflow_id
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, Approve
from workflows.approvals.ports import ApprovalPorts


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    """Give a server of this module's own, with a worker on the real task queue: the console lists all there is."""
    async with dev_server() as environment:
        ports = ApprovalPorts(StaffDirectory(), Channel())
        async with approvals_worker(environment.client, TASK_QUEUE, ports):
            yield environment.client


@pytest.fixture
def approvals(temporal: Client) -> ApprovalsClient:
    """Give the approvals' client."""
    return ApprovalsClient(temporal)


async def requested(approvals: ApprovalsClient, **fields: object) -> str:
    """Start a request of ana's that chen may approve after ben, and let ben approve it."""
    request = leave(**fields)
    await approvals.start(request)
    await approvals.approve(request.request_id, Approve(approver="ben", comment="worth it"))
    return request.request_id


async def test_the_details_show_the_chain_and_who_is_needed(temporal: Client, approvals: ApprovalsClient) -> None:
    lenses = {"kind": "expense", "title": "New [b]lenses[/b]", "amount": 184_000, "currency": "USD"}
    request_id = await requested(approvals, **lenses, details={"supplier": "Carl & Sons"})
    async with running_console(temporal, "chen", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        shown = details(pilot)
    for words in (
        "IN REVIEW",
        "New [b]lenses[/b]",
        "requested by ana",
        "expense · $1,840.00 · version 1",
        "✔ manager ─",
        '"worth it"',
        "◐ hr, any one ─",
        "you · emeka",
        "○ directors, any one",
        "Yes: you or emeka, then dora or greta",
        "Carl & Sons",
        "Audit trail",
    ):
        assert words in shown


async def test_approving_sends_comment_version_and_channel(temporal: Client, approvals: ApprovalsClient) -> None:
    request_id = await requested(approvals)
    async with running_console(temporal, "chen", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        dialog = await open_dialog(pilot, "a")
        assert isinstance(dialog, ReasonDialog)
        assert request_id in str(dialog.query_one(".dialog--target").render())
        await pilot.press(*"fine", "ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "✔ APPROVED" in details(pilot), "the answer in the details")
        assert receipt(pilot).startswith(f"✔ approve {request_id}: accepted, it has passed · ")
    state = await approvals.get_state(request_id)
    assert state.status is ApprovalStatus.APPROVED
    vote = state.levels[1].votes[0]
    assert (vote.approver, vote.comment, vote.channel) == ("chen", "fine", "console")


async def test_rejecting_needs_a_reason(temporal: Client, approvals: ApprovalsClient) -> None:
    request_id = await requested(approvals)
    async with running_console(temporal, "chen", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        dialog = await open_dialog(pilot, "r")
        await pilot.press("ctrl+s")
        assert answer_line(dialog) == "▲ reason: needed"
        assert (await approvals.get_state(request_id)).status is ApprovalStatus.IN_REVIEW
        await pilot.press(*"no", "ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "✖ REJECTED" in details(pilot), "the answer in the details")
    assert (await approvals.get_state(request_id)).reason == "no"


async def test_a_refusal_shows_the_workflow_s_words_and_keeps_the_comment(
    temporal: Client, approvals: ApprovalsClient
) -> None:
    request_id = await requested(approvals, kind="expense", amount=184_000, currency="USD")
    async with running_console(temporal, "chen", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        dialog = await open_dialog(pilot, "a")
        await approvals.approve(request_id, Approve(approver="emeka"))
        await pilot.press(*"late", "ctrl+s")
        await until(pilot, lambda: answer_line(dialog).startswith("▲ "), "the refusal")
        assert answer_line(dialog).startswith("▲ level hr was approved by emeka already")
        assert dialog.query_one("TextArea").text == "late"  # type: ignore[attr-defined]
        assert receipt(pilot).startswith(f"✖ approve {request_id}: refused: ")
        await pilot.press("escape")
        await closed(pilot)
    assert len((await approvals.get_state(request_id)).levels[1].votes) == 1


async def test_a_comment_is_added_and_escape_adds_none(temporal: Client, approvals: ApprovalsClient) -> None:
    request_id = await requested(approvals)
    async with running_console(temporal, "chen", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        await open_dialog(pilot, "m")
        await pilot.press(*"oops", "escape")
        await closed(pilot)
        await open_dialog(pilot, "m")
        await pilot.press(*"why", "ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "Comments" in details(pilot), "the comment in the details")
    assert [comment.text for comment in (await approvals.get_state(request_id)).comments] == ["why"]


async def test_a_key_that_is_not_legal_says_why(temporal: Client, approvals: ApprovalsClient) -> None:
    request_id = await requested(approvals)
    async with running_console(temporal, "fay", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        await pilot.press("a")
        await until(pilot, lambda: "approve" in receipt(pilot), "the reason")
        assert f"approve {request_id}: not now, fay" in receipt(pilot)
    assert (await approvals.get_state(request_id)).status is ApprovalStatus.IN_REVIEW


async def test_the_requester_may_withdraw(temporal: Client, approvals: ApprovalsClient) -> None:
    request_id = await requested(approvals)
    async with running_console(temporal, "ana", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "requested by you")
        await open_dialog(pilot, "w")
        await pilot.press(*"oops", "ctrl+s")
        await closed(pilot)
    assert (await approvals.get_state(request_id)).status is ApprovalStatus.WITHDRAWN


async def test_what_waits_for_the_operator_is_counted_and_can_be_filtered(
    temporal: Client, approvals: ApprovalsClient
) -> None:
    mine, other = await requested(approvals), fresh("REQ")
    await approvals.start(leave(request_id=other, requester="fay"))
    async with running_console(temporal, "chen", tab="2") as pilot:
        await until(pilot, lambda: "for you" in tab_text(pilot, 2), "the count for the operator")
        before = {row.business_id for row in active(pilot).table.shown_rows}
        assert {mine, other} <= before
        await pilot.press("f")
        await until(pilot, lambda: len(active(pilot).table.shown_rows) < len(before), "the filter")
        shown = active(pilot).table.shown_rows
        assert mine in {row.business_id for row in shown}
        assert all("chen" in row.waiting_for for row in shown)
        assert f"· {len(shown)} for you" in tab_text(pilot, 2)
        await pilot.press("f")
        await until(pilot, lambda: len(active(pilot).table.shown_rows) == len(before), "everything again")


async def test_a_new_request_is_started_and_gets_the_cursor(temporal: Client, approvals: ApprovalsClient) -> None:
    request_id = fresh("REQ")
    async with running_console(temporal, "ana", tab="2") as pilot:
        dialog = await open_dialog(pilot, "n")
        assert isinstance(dialog, FormDialog)
        await fill(pilot, {"request_id": request_id, "kind": "expense", "title": "Microscope"})
        await fill(pilot, {"amount": "1,000", "currency": "USD"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "see the marked fields" in answer_line(dialog), "the error")
        await fill(pilot, {"amount": "1000.00"})
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: focused(pilot).business_id == request_id, "the cursor on it")
        await until(pilot, lambda: "○ directors" in details(pilot), "its chain")
    state = await approvals.get_state(request_id)
    expected = ApprovalRequest(
        request_id=request_id, kind="expense", title="Microscope", requester="ana", amount=100_000, currency="USD"
    )
    assert state.request == expected


async def test_an_operator_unknown_to_the_directory_may_only_look(temporal: Client, approvals: ApprovalsClient) -> None:
    request_id = await requested(approvals)
    async with running_console(temporal, "nobody", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        for key in ("a", "r", "w"):
            await pilot.press(key)
            await until(pilot, lambda: "not now" in receipt(pilot), "the reason")
            assert not isinstance(pilot.app.screen, ReasonDialog)
        status = pilot.app.query_one("StatusBar")
        await until(pilot, lambda: "not in the directory" in str(status.render()), "the status bar")
    assert (await approvals.get_state(request_id)).status is ApprovalStatus.IN_REVIEW


async def test_the_details_stay_current_when_the_row_has_left_the_filter(
    temporal: Client, approvals: ApprovalsClient
) -> None:
    request_id = await requested(approvals)
    async with running_console(temporal, "chen", tab="2") as pilot:
        await focus(pilot, workflow_id(request_id), "Can it still pass?")
        await pilot.press("f")
        await focus(pilot, workflow_id(request_id), "r  Reject")
        await open_dialog(pilot, "r")
        await pilot.press(*"no", "ctrl+s")
        await closed(pilot)
        table = active(pilot).table
        await until(pilot, lambda: request_id not in {row.business_id for row in table.shown_rows}, "the row to leave")
        await until(pilot, lambda: "✖ REJECTED" in details(pilot), "the answer in the details")
        await until(pilot, lambda: "·  Reject" in details(pilot), "what may be done now")
        assert focused(pilot).business_id == request_id
        assert "IN REVIEW" not in details(pilot)
