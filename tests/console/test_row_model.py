"""What the list remembers between two drawings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from textual.app import App, ComposeResult

from console.design.theme import DARK
from console.design.tone import Tone
from console.gateway.rows import Row, RowKey
from console.listing import cells, row_model
from console.listing.columns import Extent, fit
from console.listing.row_model import RowModel
from console.listing.row_table import RowTable
from console.model import Column
from console.registry import SYSTEMS
from console.systems.campaigns.system import progress
from console.systems.orders.system import STAGES
from console.systems.system import ConsoleSystem
from tests.support.eventually import eventually

NOW = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
COLUMNS = (
    Column("id", 10, cells.ident),
    Column("stage", 15, cells.stage(STAGES)),
    Column("in", 4, cells.in_stage, live=True),
)


def row(name: str, stage: str = "PAID") -> Row:
    return Row(RowKey(name, "run"), name, started_at=NOW, stage=stage, stage_since=NOW)


def names(model: RowModel) -> list[str]:
    return [line.row.business_id for line in model.lines]


@pytest.fixture
def model() -> RowModel:
    model = RowModel(COLUMNS)
    model.reset([row("a"), row("b"), row("c")], NOW)
    return model


def test_the_same_rows_change_nothing(model: RowModel) -> None:
    rows = [line.row for line in model.lines]
    assert model.update(rows, NOW) == (False, [])


def test_only_the_changed_cell_of_the_changed_line_glows(model: RowModel) -> None:
    a, _, c = (line.row for line in model.lines)
    assert model.update([a, row("b", "SHIPPED"), c], NOW) == (False, [1])
    assert [sorted(line.glows) for line in model.lines] == [[], [1], []]


def test_the_clock_makes_nothing_glow(model: RowModel) -> None:
    assert model.tick(range(3), NOW + timedelta(minutes=2)) == [0, 1, 2]
    assert model.tick(range(3), NOW + timedelta(minutes=2)) == []
    assert not any(line.glows for line in model.lines)


def test_a_glow_ends(model: RowModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_model, "GLOW_SECONDS", 0.0)
    model.update([row("a"), row("b", "SHIPPED"), row("c")], NOW)
    assert model.end_glows() == [1]
    assert model.end_glows() == []


def test_a_new_row_comes_where_it_belongs(model: RowModel) -> None:
    moved, _ = model.update([row("new"), row("a"), row("b"), row("c")], NOW)
    assert moved
    assert names(model) == ["new", "a", "b", "c"]
    assert model.index("b") == 2


def test_a_row_that_left_fades_where_it_was_and_then_goes(model: RowModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_model, "FADE_SECONDS", 0.0)
    assert model.update([row("new"), row("a"), row("c")], NOW) == (True, [2])
    assert names(model) == ["new", "a", "b", "c"]
    assert [line.leaving is not None for line in model.lines] == [False, False, True, False]
    assert not model.drop_faded("b")
    assert model.drop_faded("a")
    assert names(model) == ["new", "a", "c"]


def test_a_row_that_comes_back_fades_no_more(model: RowModel) -> None:
    a, b, c = (line.row for line in model.lines)
    model.update([a, c], NOW)
    assert model.update([a, b, c], NOW) == (False, [1])
    assert not any(line.leaving for line in model.lines)


def test_two_neighbours_that_left_keep_their_order(model: RowModel) -> None:
    model.update([row("c")], NOW)
    assert names(model) == ["a", "b", "c"]
    model.update([row("d")], NOW)
    assert names(model) == ["a", "b", "c", "d"]


NAME, MONEY = Column("name", 6, cells.title, flexible=True), Column("amount", 10, cells.money, figure=True)
MAX_INT64 = 2**63 - 1


@pytest.mark.parametrize(
    ("amount", "text", "short"),
    [
        (100, "$1.00", "~$1"),
        (123_456_789_50, "$123,456,789.50", "~$123,456,790"),
        (MAX_INT64, "$92,233,720,368,547,758.07", "~$92,233,720,368,547,758"),
    ],
)
def test_an_amount_is_not_cut_off(amount: int, text: str, short: str) -> None:
    model = RowModel((NAME, MONEY))
    model.reset([row("a"), replace(row("b"), amount=amount, currency="USD")], NOW)
    cell = model.lines[1].cells[1]
    assert (cell.text, cell.short) == (text, short)
    width, least = max(len(text), 10), max(len(short), 10)
    assert fit((NAME, MONEY), 60, 1, model.longest_cells()) == {NAME: 56 - width, MONEY: width}
    assert fit((NAME, MONEY), 20, 1, model.longest_cells()) == {NAME: 6, MONEY: least}


def test_an_id_makes_room_for_an_amount() -> None:
    ident = Column("id", 5, cells.ident, grows=True)
    model = RowModel((ident, MONEY))
    model.reset([replace(row("an-id-of-20-letters-"), amount=123_456_789_00, currency="USD")], NOW)
    assert fit((ident, MONEY), 29, 1, model.longest_cells()) == {ident: 10, MONEY: 15}


def test_text_from_outside_is_made_safe() -> None:
    model = RowModel(COLUMNS)
    model.reset([row("evil\x1b]0;title\x07\u202eid")], NOW)
    assert model.lines[0].cells[0].text == "evilid"


@pytest.mark.parametrize(
    ("extra", "text", "tone"),
    [
        ({"percent": 50}, "50 % ━━━━────", Tone.MUTED),
        ({"percent": 100, "failed": 1_200}, "▲ 1,200 failed", Tone.HUMAN),
    ],
)
def test_a_campaign_s_row_says_how_many_failed(extra: dict[str, int], text: str, tone: Tone) -> None:
    cell = progress(replace(row("a"), extra=extra), NOW)
    assert (cell.text, cell.tone) == (text, tone)


async def test_the_row_in_focus_stays_on_the_screen_when_many_come_above_it() -> None:
    class Rows(App[None]):
        def compose(self) -> ComposeResult:
            yield RowTable(COLUMNS)

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return DARK.variables

    async with Rows().run_test(size=(60, 12)) as pilot:
        table = pilot.app.query_one(RowTable)
        table.show([row("first")])
        await pilot.pause()
        table.show([*(row(f"later {number}") for number in range(40)), row("first")])
        await pilot.pause()
        assert table.focused_id == "first"
        await eventually(lambda: "first" in [each.business_id for each in table.visible_rows])


def test_long_ids_push_no_figure_out() -> None:
    ident, money = replace(NAME, grows=True, flexible=False), replace(MONEY, drop_order=1)
    longest = {ident: Extent(30), money: Extent(9)}
    assert fit((ident, money), 30, 1, longest) == {ident: 30 - 4 - max(money.width, 9), money: max(money.width, 9)}
    assert fit((ident, money), ident.width + money.width, 1, longest).keys() == {ident}


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
@pytest.mark.parametrize("room", [58, 78])
def test_the_columns_fit_a_narrow_terminal_with_the_longest_texts(system: ConsoleSystem[Any, Any], room: int) -> None:
    longest = {column: Extent(200, 13) for column in system.columns}
    longest |= {column: Extent(15, 13) for column in system.columns if column.figure}
    widths = fit(system.columns, room, 1, longest)
    assert sum(width + 2 for width in widths.values()) <= room
    assert all(widths[column] >= column.width for column in widths if column.live and column.width < 8)
