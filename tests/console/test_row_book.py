"""What the list remembers between two drawings."""

from datetime import UTC, datetime, timedelta

import pytest

from console.gateway.rows import Row, RowKey
from console.model import Column
from console.panes import cells
from console.systems.orders.pane import STAGES
from console.widgets import row_book
from console.widgets.row_book import RowBook

NOW = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
COLUMNS = (
    Column("id", "id", 10, cells.ident),
    Column("stage", "stage", 15, cells.stage(STAGES)),
    Column("in", "in", 4, cells.in_stage, live=True),
)


def row(name: str, stage: str = "PAID") -> Row:
    return Row(RowKey(name, "run"), name, started_at=NOW, stage=stage, stage_since=NOW)


def names(book: RowBook) -> list[str]:
    return [line.row.business_id for line in book.lines]


@pytest.fixture
def book() -> RowBook:
    book = RowBook(COLUMNS)
    book.fill([row("a"), row("b"), row("c")], NOW)
    return book


def test_the_same_rows_change_nothing(book: RowBook) -> None:
    rows = [line.row for line in book.lines]
    assert book.take(rows, NOW) == (False, [])


def test_only_the_changed_cell_of_the_changed_line_glows(book: RowBook) -> None:
    a, _, c = (line.row for line in book.lines)
    assert book.take([a, row("b", "SHIPPED"), c], NOW) == (False, [1])
    assert [sorted(line.glows) for line in book.lines] == [[], [1], []]


def test_the_clock_makes_nothing_glow(book: RowBook) -> None:
    assert book.tick(range(3), NOW + timedelta(minutes=2)) == [0, 1, 2]
    assert book.tick(range(3), NOW + timedelta(minutes=2)) == []
    assert not any(line.glows for line in book.lines)


def test_a_glow_ends(book: RowBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_book, "GLOW_SECONDS", 0.0)
    book.take([row("a"), row("b", "SHIPPED"), row("c")], NOW)
    assert book.end_glows() == [1]
    assert book.end_glows() == []


def test_a_new_row_comes_where_it_belongs(book: RowBook) -> None:
    moved, _ = book.take([row("new"), row("a"), row("b"), row("c")], NOW)
    assert moved
    assert names(book) == ["new", "a", "b", "c"]
    assert book.place(RowKey("b", "run")) == 2


def test_a_row_that_left_fades_where_it_was_and_then_goes(book: RowBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_book, "FADE_SECONDS", 0.0)
    assert book.take([row("new"), row("a"), row("c")], NOW) == (True, [2])
    assert names(book) == ["new", "a", "b", "c"]
    assert [line.leaving is not None for line in book.lines] == [False, False, True, False]
    assert not book.drop_faded(RowKey("b", "run"))
    assert book.drop_faded(RowKey("a", "run"))
    assert names(book) == ["new", "a", "c"]


def test_a_row_that_comes_back_fades_no_more(book: RowBook) -> None:
    a, b, c = (line.row for line in book.lines)
    book.take([a, c], NOW)
    assert book.take([a, b, c], NOW) == (False, [1])
    assert not any(line.leaving for line in book.lines)


def test_two_neighbours_that_left_keep_their_order(book: RowBook) -> None:
    book.take([row("c")], NOW)
    assert names(book) == ["a", "b", "c"]
    book.take([row("d")], NOW)
    assert names(book) == ["a", "b", "c", "d"]


def test_text_from_outside_is_made_safe() -> None:
    book = RowBook(COLUMNS)
    book.fill([row("evil\x1b]0;title\x07\u202eid")], NOW)
    assert book.lines[0].cells[0].text == "evilid"
