"""Asking the directory: for an operator's name from outside, and for the author of a comment."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from tests.support.approvals import Office, leave
from tests.support.memory_store import MemoryStore
from tests.support.temporal import fresh
from workers.store.directory import SqlDirectory
from workers.store.people import put_people
from workers.store.person_row import PersonRow
from workflows.approvals.client import ApprovalsClient, lookup_id
from workflows.approvals.level_models import Level
from workflows.approvals.people.resolve import EMPTY_DIRECTORY, resolve_chain
from workflows.approvals.policy.reading import read_policy, sample_policy
from workflows.approvals.updates import AddComment, Withdraw
from workflows.shared.errors import NoAnswerError, RefusedError


async def test_a_known_person(office: Office) -> None:
    person = await office.client.person("chen")
    assert (person.known, person.name, person.groups) == (True, "Chen Wei", ["hr"])
    assert (await office.client.person(" chen ")).known
    assert person.people == sorted(person.people)
    assert {"ana", "chen"} <= set(person.people)


@pytest.mark.parametrize(
    "name", ["zed", "", "José Ñandú", "CORP\\ana", "a/b c?*", "x" * 500, "\ud800", "\0", "ana\nben", "'; --"]
)
async def test_any_other_name_is_not_known(office: Office, name: str) -> None:
    assert not (await office.client.person(name)).known


async def test_many_ask_at_once(office: Office) -> None:
    answers = await asyncio.gather(*(office.client.person("dora") for _ in range(8)))
    assert all(answer.known for answer in answers)


def test_a_lookup_id_is_the_persons_where_it_fits() -> None:
    assert lookup_id("chen") == "person-lookup-chen"
    assert lookup_id("a b") != lookup_id("a/b")
    assert len(lookup_id("ß" * 201)) < 100


async def test_without_a_worker_there_is_no_answer(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("shared", "approvals"):
        monkeypatch.setattr(f"workflows.{module}.client.CALL_TIMEOUT", timedelta(seconds=1))
    nobody = ApprovalsClient(office.temporal, task_queue=fresh("nobody"))
    with pytest.raises(NoAnswerError):
        await nobody.person(fresh("someone"))
    with pytest.raises(NoAnswerError, match="is started, but its first level is not open"):
        await nobody.start(leave())


async def test_a_comment_is_refused_when_the_directory_is_down(skipping_office: Office) -> None:
    office = skipping_office
    request_id = await office.start()
    office.lose_directory()
    comment = asyncio.create_task(office.client.comment(request_id, AddComment(author="fay", text="hello")))
    await office.directory_asked()
    await office.pass_time(seconds=10)
    with pytest.raises(RefusedError, match="the directory did not say who fay is; nothing was written"):
        await comment
    state = await office.client.comment(request_id, AddComment(author="ana", text="people of the chain are known"))
    assert [comment.author for comment in state.comments] == ["ana"]


async def test_a_comment_that_waits_for_the_directory_sees_the_end(office: Office) -> None:
    request_id = await office.start()
    office.lose_directory()
    comment = asyncio.create_task(office.client.comment(request_id, AddComment(author="fay", text="wait!")))
    await office.directory_asked()
    await office.client.withdraw(request_id, Withdraw(requester="ana", reason="never mind"))
    office.faults.up("directory")
    with pytest.raises(RefusedError, match="was withdrawn and takes no more changes") as refused:
        await comment
    assert refused.value.kind == "Closed"
    assert (await office.state_at_end(request_id)).comments == []


async def test_in_an_empty_directory_a_refusal_says_what_to_do() -> None:
    store, policy = MemoryStore(), sample_policy().policy
    for member, words in [
        (PersonRow(person_id="ana", name="Ana"), f"unknown requester ana: {EMPTY_DIRECTORY}"),
        (
            PersonRow(person_id="dora", name="Dora", groups=["directors"]),
            "ana has no manager, and there is an unknown group 'directors' on level manager; uv run tconsole people",
        ),
        (
            PersonRow(person_id="eve", name="Eve", groups=["hr"]),
            "unknown group 'hr' on level hr; uv run tconsole people",
        ),
    ]:
        with pytest.raises(ApplicationError, match=words):
            await resolve_chain(leave(), SqlDirectory(store), policy)
        await store.write(put_people, [member])
    chain = await resolve_chain(leave(), SqlDirectory(store), policy)
    assert [level.approvers for level in chain.levels] == [["dora"], ["eve"]]


async def test_a_fallback_that_nobody_needs_refuses_nobody() -> None:
    store = MemoryStore()
    people = [("ben", None, ["hr"]), ("eve", None, ["hr"]), ("ana", "ben", [])]
    rows = [PersonRow(person_id=name, name=name, manager=boss, groups=groups) for name, boss, groups in people]
    await store.write(put_people, rows)
    chain = await resolve_chain(leave(), SqlDirectory(store), sample_policy().policy)
    assert [level.approvers for level in chain.levels] == [["ben"], ["ben", "eve"]]


@pytest.mark.parametrize("kind", ["Expense", "leave", "HIRE", "own levels"])
@pytest.mark.parametrize(
    ("amount", "currency", "asked"),
    [(500_000, "USD", True), (499_999, "USD", False), (500_000, "EUR", True), (500_000, "JPY", False)],
)
async def test_no_kind_and_no_own_levels_escape_a_level_by_amount(
    kind: str, amount: int, currency: str, *, asked: bool
) -> None:
    store = MemoryStore()
    people = [("dora", None, ["directors", "hr"]), ("eve", None, ["hr"]), ("ana", "eve", [])]
    rows = [PersonRow(person_id=name, name=name, manager=boss, groups=groups) for name, boss, groups in people]
    await store.write(put_people, rows)
    always = """
[[always]]
min_amount = { currency = "USD", amount = "5000.00" }
level = { name = "board", approvers = ["group:directors"] }
"""
    policy = read_policy(f"{sample_policy().text}{always}".encode(), "policy.toml").policy
    own = {"levels": [Level(name="board", approvers=["eve"])]} if kind == "own levels" else {}
    request = leave().model_copy(update={"kind": kind, "amount": amount, "currency": currency, **own})
    chain = await resolve_chain(request, SqlDirectory(store), policy)
    assert (chain.levels[-1].name == "board" and chain.levels[-1].approvers == ["dora"]) is asked
