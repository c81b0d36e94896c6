"""What is typed as a filter: which parts the server applies, and how much was searched when nothing is found."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from textual.widgets import Input

from console.gateway import listing as listing_module
from console.gateway.counts import StageCounts
from console.gateway.listing import Listing, ListSnapshot
from console.gateway.query import ServerFilter
from console.gateway.rows import Row, RowKey
from console.gateway.run_index import RunIndex
from console.listing.arrangement import Arrangement
from console.listing.filtering import RowFilter, for_person
from console.listing.state import ListState
from tests.support.console_app import running_console
from tests.support.orders import Shop, line
from tests.support.visibility import fresh_kind, gateway, publish, until_listed


def row(name: str, **fields: object) -> Row:
    """Return a row."""
    return Row(RowKey(f"order-{name}", "run"), name, datetime.now(UTC), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two words", RowFilter(words=("two", "words"))),
        ("id:ORD-1 owner:bo x", RowFilter(ServerFilter(id_start="ORD-1", owner="bo"), ("x",))),
        ("FOR:ben", RowFilter(ServerFilter(waiting_for="ben"))),
        ("owner:", RowFilter()),
        ('for:"Ben van Dam" x', RowFilter(ServerFilter(waiting_for="Ben van Dam"), ("x",))),
        ('id:"A 1', RowFilter(ServerFilter(id_start="A 1"))),
        ("gid://shop/Order/1", RowFilter(words=("gid://shop/Order/1",))),
        ("#1001 12:30", RowFilter(words=("#1001", "12:30"))),
        ('"stage: odd" x', RowFilter(words=("stage: odd", "x"))),
        ('"unfinished', RowFilter(words=("unfinished",))),
        ("x where: BizAmount > 1 ", RowFilter(ServerFilter(where="BizAmount > 1"), ("x",))),
        ("id:A where:BizOwner = 'a:b'", RowFilter(ServerFilter(id_start="A", where="BizOwner = 'a:b'"))),
        ('"where: x"', RowFilter(words=("where: x",))),
    ],
)
def test_a_filter_is_read(text: str, expected: RowFilter) -> None:
    assert RowFilter.parse(text, None) == expected


@pytest.mark.parametrize("person", ["ben", "Ben van Dam", "//x", "auth0|5f7c8ec7"])
def test_the_filter_for_a_person_finds_that_person(person: str) -> None:
    assert RowFilter.parse(for_person(person), None) == RowFilter(ServerFilter(waiting_for=person))


@pytest.mark.parametrize("text", ["stage:PAID", "foo:", "x bar:1 owner:bo"])
def test_an_unknown_prefix_is_an_error_that_names_the_known_ones(text: str) -> None:
    found = RowFilter.parse(text, None)
    assert "is unknown; known are id:, owner:, for:, where: - or put" in found.problem
    assert found.rows([row("a", owner="bo")]) == []


def test_an_id_is_found_in_any_case_as_on_the_server() -> None:
    assert RowFilter.parse("id:ord-1", None).rows([row("ORD-12"), row("ORD-2")])[0].business_id == "ORD-12"


def test_what_the_server_cannot_search_is_searched_in_all_rows() -> None:
    assert [RowFilter.parse(text, None).reads_all for text in ("x", 'owner:a"b', "owner:ab", "")] == [
        True,
        True,
        False,
        False,
    ]


def state(client: Client, text: str) -> ListState:
    """Return a list with a filter."""
    kind, known = fresh_kind(), gateway(client)
    made = ListState(StageCounts(known, kind, (), RunIndex(known, kind)), "chen")
    made.filter = RowFilter.parse(text, None)
    return made


async def test_the_extent_says_how_much_was_searched(client: Client) -> None:
    found = state(client, "x")
    found.take(ListSnapshot((row("a"),), complete=False, chosen=ServerFilter(), searched=200))
    assert found.extent(0) == "0 found · 0 searched"  # those rows were not read for these words
    found.take(ListSnapshot((row("a"),), complete=False, chosen=ServerFilter(), words=("x",), searched=1_200))
    assert found.extent(0) == "0 found · 1,200 searched"
    found.take(ListSnapshot((row("a"),), complete=True, chosen=ServerFilter(), words=("x",), searched=1_201))
    assert found.extent(0) == "0 of all 1"


async def test_words_are_found_by_the_server_first_and_then_in_all_rows(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_module, "SEARCH_PAGE", 10)
    kind = fresh_kind()
    await publish(client, kind, "old", title="Needle")
    for index in range(24):
        await publish(client, kind, f"{index:03}", owner="bo" if index == 1 else "ada")
    await until_listed(client, kind.query, 25)
    listing = Listing(gateway(client, page_size=10), kind)
    await listing.refresh()
    listing.choose(ServerFilter(), ("bo",), scan=True)
    found = RowFilter.parse("bo", None).rows((await listing.refresh()).rows)
    assert [one.business_id for one in found] == ["001"]
    listing.choose(ServerFilter(), ("Needle",), scan=True)
    snapshot = await listing.refresh()
    searched = []
    while listing.searches and (further := await listing.search_on()):
        snapshot = further
        searched.append(snapshot.searched)
    assert searched == [20, 25]
    assert [one.business_id for one in RowFilter.parse("Needle", None).rows(snapshot.rows)] == ["old"]
    listing.choose(ServerFilter())
    assert (await listing.refresh()).searched == 10


async def test_an_unknown_prefix_is_said_in_place_of_the_rows(shop: Shop) -> None:
    request = await shop.start()
    async with running_console(shop.client) as console:
        await console.until(lambda: request.order_id in console.rows)
        await console.press("slash", *"stage:x")
        await console.shows("stage: is unknown; known are id:, owner:, for:, where: - or put the text")
        await console.press("escape")
        await console.until(lambda: request.order_id in console.rows)


async def test_a_list_filter_is_completed_and_asks_the_server_at_enter(shop: Shop) -> None:
    small, large = await shop.start(), await shop.start(lines=[line("SKU-CHAIR", 9, 5_000)])
    async with running_console(shop.client) as console:
        await console.until(lambda: {small.order_id, large.order_id} <= set(console.rows))
        await console.press("slash", *"where: bizam")
        await console.shows("tab BizAmount")
        await console.press("tab", *f"> {small.total}")
        assert console.pane.query_one(Input).value == f"where: BizAmount > {small.total}"
        assert small.order_id in console.rows  # an unfinished filter is not sent
        await console.press("enter")
        await console.until(lambda: large.order_id in console.rows and small.order_id not in console.rows)
        await console.press("escape")
        await console.until(lambda: small.order_id in console.rows)


async def test_what_the_server_says_of_a_list_filter_is_shown_in_place_of_the_rows(shop: Shop) -> None:
    request = await shop.start()
    async with running_console(shop.client) as console:
        await console.until(lambda: request.order_id in console.rows)
        await console.press("slash", *"where: NoSuch = 1", "enter")
        await console.shows("where: ")
        await console.until(lambda: not console.rows)
        await console.shows("NoSuch")
        await console.press("slash", "end", *" AND (", "enter")
        await console.shows("where: a ) is missing")
        assert isinstance(console.app.focused, Input)
        await console.press("escape")
        await console.until(lambda: request.order_id in console.rows)


async def test_a_prefix_stays_in_the_line_while_its_value_is_typed(shop: Shop) -> None:
    request = await shop.start()
    async with running_console(shop.client) as console:
        await console.press("slash", *"id:")
        assert console.pane.query_one(Input).value == "id:"
        await console.press(*request.order_id)
        await console.until(lambda: console.rows == [request.order_id])


async def test_the_oldest_come_first_once_all_are_read(client: Client) -> None:
    found = state(client, "")
    late, early = row("late"), replace(row("early"), started_at=datetime(2020, 1, 1, tzinfo=UTC))
    found.take(ListSnapshot((late,), complete=False, chosen=ServerFilter(), searched=1))
    reads = [found.reads_all]
    found.arrangement = Arrangement(oldest_first=True)
    assert found.extent(1).endswith("oldest first, of the 1 loaded")
    assert [*reads, found.reads_all] == [False, True]
    found.take(ListSnapshot((late, early), complete=True, chosen=ServerFilter(), searched=2))
    assert found.rows == [early, late]
    assert found.extent(2) == "1-2 of 2 · oldest first"
