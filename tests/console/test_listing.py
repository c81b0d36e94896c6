"""Rows from List: one call a refresh, pages, filters, lagging lists, and missing search attributes."""

from collections import Counter
from datetime import UTC, datetime
from typing import NoReturn

import pytest
from temporalio.client import Client

from console.gateway.counts import StageCounts
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing
from console.gateway.query import ATTENTION, ServerFilter, WorkflowKind
from console.gateway.run_index import RunIndex
from tests.support.visibility import fresh_kind, gateway, publish, until_listed
from workflows.shared.errors import NoAnswerError, RefusedError
from workflows.shared.list_filter import quote
from workflows.shared.summary import Summary


async def published(client: Client, kind: WorkflowKind, count: int, **fields: str) -> list[str]:
    """Publish so many workflows, and return their IDs in the order of their starts."""
    names = [f"{index:03}" for index in range(count)]
    for name in names:
        await publish(client, kind, name, **fields)  # type: ignore[arg-type]
    await until_listed(client, kind.query, count)
    return names


async def test_a_row_holds_what_the_workflow_published(client: Client) -> None:
    kind = fresh_kind()
    run_id = await publish(
        client,
        kind,
        "one",
        stage="PAID",
        owner="bo",
        title="Title",
        amount=5,
        attention="odd",
        waiting_for=("x", "y"),
    )
    await until_listed(client, kind.query, 1)
    (row,) = (await Listing(gateway(client), kind).refresh()).rows
    assert row.key == (f"{kind.id_prefix}one", run_id)
    assert (row.business_id, row.stage, row.owner, row.title, row.note) == ("one", "PAID", "bo", "Title", "a note")
    assert (row.amount, row.currency, row.attention, row.waiting_for) == (5, "USD", "odd", ("x", "y"))
    assert (row.closed, row.broken, row.due_at) == (False, None, None)
    assert row.stage_since is not None
    assert abs((datetime.now(UTC) - row.stage_since).total_seconds()) < 60


async def test_a_terminated_workflow_says_so(client: Client) -> None:
    kind = fresh_kind()
    await publish(client, kind, "one")
    await client.get_workflow_handle(f"{kind.id_prefix}one").terminate()
    await until_listed(client, f"{kind.query} AND ExecutionStatus = 'Terminated'", 1)
    (row,) = (await Listing(gateway(client), kind).refresh()).rows
    assert (row.closed, row.broken) == (True, "terminated")


def count_calls(client: Client, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count List and Count calls, and any query."""
    calls: Counter[str] = Counter()
    service = client.workflow_service
    for name, method in (
        ("list", "list_workflow_executions"),
        ("count", "count_workflow_executions"),
        ("query", "query_workflow"),
    ):

        def counted(name: str, original: object) -> object:
            async def call(*args: object, **kwargs: object) -> object:
                calls[name] += 1
                return await original(*args, **kwargs)  # type: ignore[operator]

            return call

        monkeypatch.setattr(service, method, counted(name, getattr(service, method)))
    return calls


async def test_pages_are_appended_newest_first_with_one_call_a_refresh(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = fresh_kind()
    names = await published(client, kind, 25)
    calls = count_calls(client, monkeypatch)
    listing = Listing(gateway(client, page_size=10), kind)
    first = await listing.refresh()
    assert [row.business_id for row in first.rows] == names[:-11:-1]
    assert not first.complete
    await listing.load_more()
    assert calls == {"list": 2}
    for _ in range(4):
        await listing.refresh()
    assert calls == {"list": 6}
    last = await listing.load_more()
    assert [row.business_id for row in last.rows] == names[::-1]
    assert last.complete
    assert len((await listing.load_more()).rows) == 25


async def test_a_page_that_could_not_be_read_is_not_the_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = fresh_kind()
    await published(client, kind, 3)
    shown = gateway(client, page_size=2)
    listing = Listing(shown, kind)
    await listing.refresh()
    with monkeypatch.context() as broken:
        broken.setattr(shown, "list_page", refuse)
        with pytest.raises(NoAnswerError):
            await listing.load_more()
    assert not (await listing.refresh()).complete
    snapshot = await listing.load_more()
    assert (len(snapshot.rows), snapshot.complete) == (3, True)


async def refuse(*_: object) -> NoReturn:
    raise NoAnswerError("no answer")


async def test_new_workflows_push_no_row_out_between_two_pages(client: Client) -> None:
    kind = fresh_kind()
    await published(client, kind, 20)
    listing = Listing(gateway(client, page_size=10), kind)
    await listing.refresh()
    await listing.load_more()
    for name in ("new1", "new2", "new3"):
        await publish(client, kind, name)
    await until_listed(client, kind.query, 23)
    names: list[str] = []
    for _ in range(2):
        names = [row.business_id for row in (await listing.refresh()).rows]
        assert len(set(names)) == len(names)
        assert set(names) >= {f"{index:03}" for index in range(1, 20)}
    assert names[:3] == ["new3", "new2", "new1"]


async def test_an_unchanged_row_is_the_same_object(client: Client) -> None:
    kind = fresh_kind()
    await published(client, kind, 3)
    listing = Listing(gateway(client), kind)
    first, second = await listing.refresh(), await listing.refresh()
    assert all(one is other for one, other in zip(first.rows, second.rows, strict=True))


async def test_the_server_filters(client: Client) -> None:
    kind = fresh_kind()
    await publish(client, kind, "a")
    await publish(client, kind, "b", stage="PAID")
    await publish(client, kind, "c", owner="o'wner")
    await publish(client, kind, "d")
    await publish(client, kind, "d2")
    await publish(client, kind, "e", waiting_for=("ben", "chen"))
    await publish(client, kind, "f", attention="overdue")
    await until_listed(client, kind.query, 7)
    listing = Listing(gateway(client), kind)
    for chosen, expected in (
        (ServerFilter(stage="PAID"), {"b"}),
        (ServerFilter(owner="o'wner"), {"c"}),
        (ServerFilter(id_start="d"), {"d", "d2"}),
        (ServerFilter(waiting_for="chen"), {"e"}),
        (ServerFilter(stage=ATTENTION), {"f"}),
        (ServerFilter(id_start="' OR WorkflowId != 'x"), set()),
        (ServerFilter(owner="x' OR BizOwner != 'x"), set()),
    ):
        listing.choose(chosen)
        assert {row.business_id for row in (await listing.refresh()).rows} == expected, chosen


async def test_any_value_can_be_searched_by_the_server_or_the_console(client: Client) -> None:
    kind = fresh_kind()
    searched = ("plain", "it's", "x' OR 1=1 --", "per%cent_", "ünï-çödé", "a, b")
    filtered = ('a "quote"', "'", "' OR 1=1 --", "back\\slash", "\\'", "nul\0", "two\nlines")
    for number, owner in enumerate(searched + filtered):
        await publish(client, kind, str(number), owner=owner)
    await until_listed(client, kind.query, len(searched + filtered))
    assert (await client.count_workflows(f"{kind.query} AND BizOwner = {quote('')}")).count == 0
    for owner in searched + filtered:
        listing = Listing(gateway(client), kind)
        listing.choose(ServerFilter(owner=owner))
        found = sorted(row.owner for row in (await listing.refresh()).rows)
        assert found == ([owner] if owner in searched else sorted(searched + filtered)), owner


async def test_counts_come_a_few_at_a_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = fresh_kind()
    await publish(client, kind, "a", stage="PAID", attention="odd")
    await publish(client, kind, "b", stage="PAID")
    await publish(client, kind, "c", stage="SHIPPED")
    await until_listed(client, kind.query, 3)
    known = gateway(client)
    counts = StageCounts(known, kind, ("PAID", "SHIPPED", "GONE"), RunIndex(known, kind))
    calls = count_calls(client, monkeypatch)
    await counts.step()
    assert calls["count"] <= 3
    await counts.step()
    assert counts.total == 3
    assert counts.by_stage == {"PAID": 2, "SHIPPED": 1, "GONE": 0, ATTENTION: 1}
    assert counts.age is not None
    owned = ServerFilter(owner="ada", stage="PAID")
    await counts.count_chosen(owned)
    assert (counts.matching(owned), counts.matching(ServerFilter(owner="bo"))) == (2, None)


async def test_counts_stop_when_the_budget_is_used_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = fresh_kind()
    calls = count_calls(client, monkeypatch)
    known = gateway(client)
    counts = StageCounts(known, kind, ("A", "B"), RunIndex(known, kind))
    for _ in range(20):
        await counts.step()
    assert 8 <= calls["count"] < 20


async def test_the_workflow_s_answer_shows_until_the_list_catches_up(client: Client) -> None:
    kind = fresh_kind()
    await publish(client, kind, "one", stage="OPEN")
    await until_listed(client, kind.query, 1)
    listing = Listing(gateway(client), kind)
    (row,) = (await listing.refresh()).rows
    listing.answered(row.key, Summary(title="T", stage="DONE", stage_since=datetime.now(UTC), owner="ada"))
    (shown,) = (await listing.refresh()).rows
    assert (shown.stage, shown.title) == ("DONE", "T")


async def test_a_query_that_the_server_refuses_is_one_clear_line(client: Client) -> None:
    with pytest.raises(RefusedError, match="BizNonsense"):
        await gateway(client).list_page("BizNonsense = 'x'")


async def test_search_attributes_are_looked_up_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = count_calls(client, monkeypatch)
    known: Gateway = gateway(client, attributes=None)
    assert await known.knows_attributes()
    assert await known.knows_attributes()
    assert calls == {"count": 1}
