"""The approvals tab on a real server with the real workflow."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client
from textual.widgets import Input, Static, TextArea

from console.listing.row_list import RowList
from console.systems.approvals.record_screen import RecordScreen
from console.widgets.blocks import BlockText
from tests.support.approvals import Office, leave, running_office
from tests.support.console_app import Console, running_console
from tests.support.eventually import eventually
from tests.support.forms import control
from tests.support.temporal import fresh, new_namespace
from workflows.approvals.client import TASK_QUEUE, workflow_id
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, PersonAnswer
from workflows.approvals.trail_files import from_json_lines
from workflows.approvals.updates import AddComment, Approve, Attach, RequestChanges, Resubmit
from workflows.shared.errors import ClosedError

OFFER = {"name": "offer", "url": "https://files.example.com/offer.pdf", "sha256": "ab" * 32}


@pytest.fixture(scope="module")
async def office(client: Client) -> AsyncIterator[Office]:
    """Give a namespace of this module's own, with a worker on the real task queue: the console lists all there is."""
    async with running_office(await new_namespace(client), task_queue=TASK_QUEUE) as office:
        yield office


def record_text(console: Console) -> str:
    """Return the whole record, what is not in view included."""
    return console.app.screen.query_one(BlockText).text(120)


async def requested(office: Office, **fields: object) -> str:
    """Start a request of ana's that chen may approve after ben, and let ben approve it."""
    request_id = await office.start(leave(**fields))
    await office.client.approve(request_id, Approve(approver="ben", comment="worth it"))
    return request_id


async def test_approving_sends_comment_version_and_channel_and_goes_on_to_the_next(office: Office) -> None:
    waiting = await requested(office, title="Waits, too")
    request_id = await requested(office, title="New [b]lenses[/b]")
    async with running_console(office.temporal, tab="2") as console:
        await console.open("a", workflow_id(request_id), "New [b]lenses[/b]")
        assert f"{request_id} · New [b]lenses[/b]" in console.text(".dialog--target")
        await console.send("fine")
        await console.told(f"✔ approve request {request_id}: accepted, it has passed · ")
        stages = {row.business_id: row.stage for row in console.table.shown_rows}
        assert stages[request_id] == ApprovalStatus.APPROVED
        assert console.row.business_id == waiting
        await console.until(lambda: "Waits, too" in console.details)
        await console.open("a")
        await console.send("fine, too")
        await console.until(lambda: "✔ APPROVED" in console.details)
        assert console.row.business_id == waiting  # nothing else waits
    state = await office.client.get_state(request_id)
    assert state.status is ApprovalStatus.APPROVED
    vote = state.levels[1].votes[0]
    assert (vote.approver, vote.comment, vote.channel) == ("chen", "fine", "console")


async def test_what_changed_is_asked_again_and_what_is_not_possible_any_more_is_not_sent(office: Office) -> None:
    request_id = await office.start(leave(kind="expense", amount=184_000, currency="USD"))
    async with running_console(office.temporal, "ben", tab="2") as console:
        dialog = await console.open("a", workflow_id(request_id), "a  Approve request")
        await office.client.attach(request_id, Attach(author="ana", **OFFER))
        await console.send("late", refused="links: none → 1")
        assert "ana attach" in console.answer
        await office.client.request_changes(request_id, RequestChanges(approver="ben", reason="which ones?"))
        await console.send(refused="▲ nothing was sent, it is not possible any more: ")
        assert dialog.query_one("TextArea").text == "late"  # type: ignore[attr-defined]
        await console.press("escape", "escape")  # asked once: the comment would be lost
        await console.closed()
        assert not console.receipt.startswith("✖")
    assert not (await office.client.get_state(request_id)).levels[0].votes


@pytest.mark.parametrize(
    ("operator", "key", "status", "comments"),
    [("chen", "m", ApprovalStatus.IN_REVIEW, ["why"]), ("ana", "w", ApprovalStatus.WITHDRAWN, [])],
)
async def test_a_comment_is_added_and_the_requester_may_withdraw(
    office: Office, operator: str, key: str, status: ApprovalStatus, comments: list[str]
) -> None:
    request_id = await requested(office)
    async with running_console(office.temporal, operator, tab="2") as console:
        await console.open(
            key, workflow_id(request_id), "requested by you" if operator == "ana" else "requested by ana"
        )
        await console.send("why")
        await console.until(lambda: ("Comments" in console.details) is bool(comments))
    state = await office.client.get_state(request_id)
    assert (state.status, [comment.text for comment in state.comments]) == (status, comments)


async def test_a_vote_is_delegated_to_somebody_whom_the_form_proposes(office: Office) -> None:
    request_id = await requested(office)
    async with running_console(office.temporal, tab="2") as console:
        await console.until(lambda: console.app._known is not None)
        await console.open("d", workflow_id(request_id), "d  Delegate")
        to = control(console.pilot, "to")
        assert isinstance(to, Input)
        to.focus()
        await console.pilot.press("down", "down")
        assert to.value == "ben"
        await console.send({"to": "fay"})
        await console.told(f"✔ delegate vote {request_id}: accepted, still needs you, emeka or fay")
    state = await office.client.get_state(request_id)
    assert state.levels[1].pending == ["chen", "emeka", "fay"]


@pytest.mark.parametrize("operator", ["fay", "nobody"])
async def test_who_is_not_asked_may_only_look(office: Office, operator: str) -> None:
    request_id = await requested(office)
    async with running_console(office.temporal, operator, tab="2") as console:
        await console.focus(workflow_id(request_id), "Can it still pass?")
        await console.until(lambda: console.app._known is not None)
        assert ("not in the directory" in console.status) is (operator == "nobody")
        assert ("so no request waits for you" in console.receipt) is (operator == "nobody")
        for key, action in (("a", "approve"), ("r", "reject"), ("w", "withdraw")):
            await console.refused(key, f"· {action} request {request_id}: not possible, ")
            assert not console.dialogs
        await console.open("n")
        requester = control(console.pilot, "requester")
        assert isinstance(requester, Input)
        assert requester.value == ("" if operator == "nobody" else operator)  # chosen from the directory
        requester.value = ""
        requester.focus()
        await console.pilot.press("down", "down")
        assert requester.value == "ben"
    assert (await office.client.get_state(request_id)).status is ApprovalStatus.IN_REVIEW


async def test_an_operator_acts_as_somebody_else(office: Office) -> None:
    request_id = await requested(office)
    async with running_console(office.temporal, "fay", tab="2") as console:
        await console.focus(workflow_id(request_id), "Can it still pass?")
        await console.refused("a", "@ acts as somebody else")
        console.pause_typing()
        await console.open("@")
        await console.press(*"zed", "enter")
        await console.until(lambda: "zed is not in the company's directory" in console.answer)
        await console.press(*["backspace"] * 3, *"che", "enter")
        await console.closed()
        await console.until(
            lambda: "you act as chen" in console.status and "not in the directory" not in console.status
        )
        await console.open("a", workflow_id(request_id), "a  Approve request")
        await console.send("fine")
        await console.told(f"✔ approve request {request_id}: accepted")
    votes = [vote.approver for level in (await office.client.get_state(request_id)).levels for vote in level.votes]
    assert votes == ["ben", "chen"]


async def test_an_empty_directory_says_what_to_do(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[str] = []

    async def person(_: object, person_id: str) -> PersonAnswer:
        return PersonAnswer(person_id=person_id, known=person_id in known, people=known)

    words = "fill it with uv run tconsole people add"
    monkeypatch.setattr("workflows.approvals.client.ApprovalsClient.person", person)
    monkeypatch.setattr("console.directory.DIRECTORY_SECONDS", 0.1)
    async with running_console(office.temporal, "ana") as console:
        await console.until(lambda: words in console.receipt)
        await console.press("3")
        await console.until(lambda: words in console.receipt)  # on every tab
        await console.open("@")
        await console.shows("company's directory is empty")
        await console.press("escape")
        await console.closed()
        known.append("ana")  # somebody did
        await console.until(lambda: "not in the directory" not in console.status and not console.receipt)


async def test_what_waits_for_the_operator_is_counted_and_can_be_filtered(office: Office) -> None:
    mine, other = await requested(office), fresh("REQ")
    await office.start(request_id=other, requester="fay")
    async with running_console(office.temporal, tab="2") as console:
        await console.until(lambda: "for you" in console.tab(2))
        before = len(console.rows)
        assert {mine, other} <= set(console.rows)
        await console.press("f")
        await console.until(lambda: len(console.rows) < before)
        shown = console.table.shown_rows
        assert mine in console.rows
        assert all("chen" in row.waiting_for for row in shown)
        assert f"· {len(shown)} for you" in console.tab(2)
        await console.press("f")
        await console.until(lambda: len(console.rows) == before)


async def test_a_new_request_is_started_and_gets_the_cursor(office: Office) -> None:
    request_id = fresh("REQ")
    async with running_console(office.temporal, "ana", tab="2") as console:
        await console.open("n")
        values = {"request_id": request_id, "kind": "expense", "title": "Microscope", "currency": "USD"}
        await console.send({**values, "amount": "1,000"}, refused="see the marked fields")
        await console.send({"amount": "1000.00"})
        await console.until(lambda: console.row.business_id == request_id)
        await console.until(lambda: "○ directors" in console.details)
    state = await office.client.get_state(request_id)
    expected = ApprovalRequest(
        request_id=request_id, kind="expense", title="Microscope", requester="ana", amount=100_000, currency="USD"
    )
    assert state.request == expected


async def test_a_rejection_needs_a_reason_and_leaves_the_filter_for_the_next_that_waits(office: Office) -> None:
    await requested(office)
    request_id = await requested(office)
    async with running_console(office.temporal, tab="2") as console:
        await console.focus(workflow_id(request_id), "Can it still pass?")
        await console.press("f")
        await console.open("r", workflow_id(request_id), "r  Reject")
        await console.send(refused="▲ reason: needed")
        assert (await office.client.get_state(request_id)).status is ApprovalStatus.IN_REVIEW
        await console.send("no")
        await console.until(lambda: request_id not in console.rows)
        assert console.row.business_id != request_id
        assert "chen" in console.row.waiting_for
        await console.until(lambda: "r  Reject" in console.details)
    assert (await office.client.get_state(request_id)).reason == "no"


async def test_the_record_shows_versions_and_exports_a_trail_that_verifies_offline(
    office: Office, tmp_path: Path
) -> None:
    request_id = await office.start(request_id=fresh("#REQ/Ä"))
    await office.client.request_changes(request_id, RequestChanges(approver="ben", reason="which [b]days[/b]?"))
    await office.client.resubmit(request_id, Resubmit(requester="ana", details={"days": "two"}, note="these"))
    async with running_console(office.temporal, tab="2", data_dir=tmp_path) as console:
        await console.focus(workflow_id(request_id), "What changed since version 1")
        await console.press("x")
        await console.until(lambda: isinstance(console.app.screen, RecordScreen))
        await console.until(lambda: "✔ whole: " in record_text(console))
        shown = record_text(console)
        assert "version 1 sent back by ben" in shown
        assert '"which [b]days[/b]?"' in shown
        await console.press("x")
        await console.until(lambda: "verify-trail FILE verifies it" in console.text("#record-said"))
        await console.press("c")
        await console.until(lambda: ".csv" in console.text("#record-said"))
        await console.press("escape")
        await console.until(lambda: not isinstance(console.app.screen, RecordScreen))
    files = sorted((tmp_path / "exports").iterdir())
    assert [file.suffix for file in files] == [".csv", ".jsonl"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    trail = await office.client.get_audit_trail(request_id)
    assert from_json_lines(files[1].read_text(encoding="utf-8")) == trail


async def test_the_record_has_what_was_not_sent_and_what_came_after_the_end(office: Office, tmp_path: Path) -> None:
    request_id = await requested(office)
    async with running_console(office.temporal, tab="2", data_dir=tmp_path) as console:
        dialog = await console.open("a", workflow_id(request_id), "Can it still pass?")
        dialog.query_one(TextArea).text = "x" * 40_000
        await console.send(refused="▲ comment: ")
        dialog.query_one(TextArea).text = "fine"
        await console.send()
        await console.told(f"✔ approve request {request_id}: accepted")
        await office.state_at_end(request_id)
        with pytest.raises(ClosedError):
            await office.client.comment(request_id, AddComment(author="fay", text="too late"))
        await eventually(
            lambda: office.client.attempts(request_id), lambda kept: any(each.actor == "fay" for each in kept)
        )
        await console.focus(workflow_id(request_id), "✔ APPROVED")  # it had gone on to the next
        await console.press("x")
        await console.until(lambda: "Refused before it began" in record_text(console))
        shown = " ".join(record_text(console).split())
        assert "chen refused approve through console: InvalidRequest: comment: String should have at most" in shown
        assert f"fay refused comment: Closed: request {request_id} has ended" in shown
        await console.press("x")
        await console.until(lambda: "verify-trail FILE verifies it" in console.text("#record-said"))
    (file,) = (tmp_path / "exports").iterdir()
    assert from_json_lines(file.read_text(encoding="utf-8")) == await office.client.get_audit_trail(request_id)


def items(console: Console) -> str:
    return "\n".join(str(line.render()) for line in console.app.screen.query(".batch--item > Static").results(Static))


async def mark(console: Console, *request_ids: str) -> None:
    """Mark rows, however the list is sorted."""
    for request_id in request_ids:
        await console.until(partial(console.table.select, workflow_id(request_id)))
        await console.press("space")
    assert {row.business_id for row in console.table.marked_rows} == set(request_ids)


async def test_many_requests_are_decided_with_one_reason_and_each_answers_for_itself(office: Office) -> None:
    money = {"kind": "expense", "currency": "USD"}
    first = await requested(office, title="First [b]lens[/b]", amount=12_000, **money)
    second = await requested(office, amount=6_050, **money)
    early = await office.start()
    async with running_console(office.temporal, tab="2") as console:
        await mark(console, first, second, early)
        assert "3 marked" in str(console.pane.query_one(RowList).border_subtitle)
        legal = {key: console.pane.check_action("act", (key,)) for key in "arwsd"}
        assert legal == {"a": True, "r": True, "w": True, "s": None, "d": None}  # whatever the row in focus allows
        await console.refused("d", "· delegate vote: not possible for all at once")
        await console.open("a")
        await console.until(
            lambda: "approve request: 2 requests, $180.50 in all; not possible for 1" in effect(console)
        )
        assert f"○ {first}  First [b]lens[/b]" in items(console)
        assert f"· {early}" in items(console)
        await console.press(*"fine")
        await console.press("ctrl+s")
        await console.closed()
        await console.told("✔ approve request: 2 requests done, 1 not")
        assert [row.business_id for row in console.table.marked_rows] == [early]
        await console.press("escape")
        assert not console.table.marked_rows
    for request_id in (first, second):
        state = await office.client.get_state(request_id)
        assert state.status is ApprovalStatus.APPROVED
        assert [vote.comment for level in state.levels for vote in level.votes] == ["worth it", "fine"]


async def test_a_refused_one_of_many_stays_open_with_its_own_reason(office: Office) -> None:
    first, second = [await requested(office, kind="expense", amount=184_000, currency="USD") for _ in range(2)]
    async with running_console(office.temporal, tab="2") as console:
        await mark(console, first, second)
        dialog = await console.open("r")
        await console.until(lambda: "reject request: 2 requests" in effect(console))
        await console.press("ctrl+s")
        await console.until(lambda: "reason: needed" in console.answer)
        await console.press("ctrl+e")
        for number, field in enumerate(dialog.query(Input)):
            field.value = f"reason {number}"
        await office.client.approve(first, Approve(approver="emeka"))
        await console.press("ctrl+s")
        await console.until(lambda: "1 of 2 done; esc leaves" in console.answer)
        assert f"· {first}" in items(console), "it takes no more votes, so it is not sent again"
        assert "level hr was approved by emeka already" in items(console)
        assert f"✔ {second}" in items(console)
        await console.press("escape", "escape")
        await console.closed()
        await console.told("✔ reject request: 1 request done, 1 not")
    state = await office.client.get_state(second)
    assert state.status is ApprovalStatus.REJECTED
    order = [row.business_id for row in console.table.shown_rows if row.business_id in {first, second}]
    assert state.reason is not None
    assert f"reason {order.index(second)}" in state.reason


async def test_what_changed_while_many_were_asked_is_shown_and_asked_again(office: Office) -> None:
    first, second = [await office.start() for _ in range(2)]
    async with running_console(office.temporal, "ben", tab="2") as console:
        await mark(console, first, second)
        await console.open("a")
        await console.until(lambda: "approve request: 2 requests" in effect(console))
        await office.client.attach(first, Attach(author="ana", **OFFER))
        await console.press("ctrl+s")
        await console.until(lambda: "1 of 2 done; ctrl+s sends 1 other again" in console.answer)
        assert "changed meanwhile: links: none → 1" in items(console)
        assert "now: passes level manager" in items(console)
        await console.until(lambda: "approve request: 1 request" in effect(console))
        await console.press("ctrl+s")
        await console.closed()
        await console.told("✔ approve request: 2 requests done")
    for request_id in (first, second):
        state = await office.client.get_state(request_id)
        assert [vote.approver for vote in state.levels[0].votes] == ["ben"]


async def test_a_form_is_not_filled_in_for_many(office: Office) -> None:
    request_id = await requested(office)
    async with running_console(office.temporal, tab="2") as console:
        await mark(console, request_id)
        await console.refused("d", "delegate vote: not possible for all at once")
        assert not console.dialogs


def effect(console: Console) -> str:
    return console.text(".dialog--effect")


async def test_what_waits_for_the_operator_comes_first_and_moves_down_once_it_is_decided(office: Office) -> None:
    mine = await requested(office, title="Older, and mine")
    other = await office.start()
    async with running_console(office.temporal, tab="2") as console:
        await console.until(lambda: {mine, other} <= set(console.rows))
        assert console.rows.index(mine) < console.rows.index(other)
        assert "yours first" in str(console.pane.query_one(RowList).border_subtitle)
        await office.client.approve(mine, Approve(approver="emeka"))
        await console.until(lambda: console.rows.index(other) < console.rows.index(mine))
