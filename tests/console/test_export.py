"""The rows of a list in a file: what a spreadsheet and a program make of them, and what is written."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import Client

from console.export.dialog import ExportDialog
from console.export.records import Format, parts
from console.exports import EXPORTS
from console.gateway import everything as everything_module
from console.gateway.everything import each_once, read_everything
from console.gateway.query import ServerFilter
from console.gateway.rows import Row, RowKey
from tests.support.console_app import running_console
from tests.support.orders import Shop
from tests.support.visibility import fresh_kind, gateway, publish, until_listed

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
NAMES = (
    *("id", "workflow_id", "run_id", "title", "stage", "owner", "amount"),
    *("due_at", "attention", "since", "closed", "currency"),
)


def row(name: str = "A-1", run: str = "run", **fields: object) -> Row:
    """Return a row."""
    return Row(RowKey(f"order-{name}", run), name, AT, **fields)  # type: ignore[arg-type]


def table(*rows: Row) -> list[dict[str, str]]:
    """Return what a spreadsheet reads."""
    return list(csv.DictReader(io.StringIO("".join(parts(rows, Format.CSV)))))


def test_amounts_have_decimals_in_csv_and_minor_units_in_json() -> None:
    rows = [row(amount=-12_050, currency="USD"), row("A-2", amount=700, currency="JPY"), row("A-3")]
    assert [line["amount"] for line in table(*rows)] == ["-120.50", "700", ""]
    assert [record["amount"] for record in json.loads("".join(parts(rows, Format.JSON)))] == [-12_050, 700, None]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(start: str) -> None:
    line = table(row(f"{start}1", title=f'{start}cmd|" /C calc"!A0', owner=f"{start}x"))[0]
    assert line["id"] == f"'{start}1"
    assert line["title"] == f'\'{start}cmd|" /C calc"!A0'
    assert line["owner"] == f"'{start}x"


def test_json_has_the_fields_of_the_commands_list() -> None:
    one = row("A,\n1", stage="PAID", stage_since=AT, broken="terminated", closed_at=AT, title="Ada")
    record = json.loads("".join(parts([one], Format.JSON_LINES)))
    assert tuple(record) == NAMES
    assert (record["stage"], record["attention"], record["closed"]) == (None, "terminated", True)
    assert record["since"] == "2026-01-31T12:00:00Z"


def test_no_rows_are_a_file_too() -> None:
    assert "".join(parts([], Format.JSON)) == "[]\n"
    assert "".join(parts([], Format.CSV)) == f"{','.join(NAMES)}\n"


def test_a_workflow_that_closed_meanwhile_stands_once() -> None:
    still, ended = row(), row(closed_at=AT)
    again = row(run="second")
    assert each_once([row("B"), still, ended]) == [row("B"), still]
    assert [one.key.run_id for one in each_once([ended, again])] == ["second"]


async def test_everything_that_matches_is_read_page_by_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everything_module, "BUDGET_INTERVAL", 0.01)
    kind = fresh_kind()
    for index in range(12):
        await publish(client, kind, f"{index:02}", owner="bo" if index % 2 else "ada")
    await until_listed(client, kind.query, 12)
    known = gateway(client)
    pages = [page async for page in read_everything(known, kind, ServerFilter(owner="bo"), size=4)]
    assert [len(page) for page in pages if page] == [4, 2]
    assert {one.owner for page in pages for one in page} == {"bo"}
    while known.budget.take():
        pass
    assert sum([len(page) async for page in read_everything(known, kind, ServerFilter(), size=20)]) == 12  # it waits


async def test_the_rows_of_the_list_are_exported(shop: Shop, tmp_path: Path) -> None:
    first, second = await shop.start(), await shop.start()
    async with running_console(shop.client, data_dir=tmp_path) as console:
        await console.until(lambda: {first.order_id, second.order_id} <= set(console.rows))
        await console.press("slash", *first.order_id, "enter")
        await console.until(lambda: console.rows == [first.order_id])
        await console.press("E")
        await console.until(lambda: isinstance(console.app.screen, ExportDialog))
        await console.press("down", "enter")
        await console.told("✔ 1 order in ")
        written = next((tmp_path / EXPORTS).glob("orders-*.json"))
        assert [one["id"] for one in json.loads(written.read_text())] == [first.order_id]


async def test_everything_is_exported_where_the_list_goes_on(shop: Shop, tmp_path: Path) -> None:
    ids = {(await shop.start()).order_id for _ in range(11)}
    async with running_console(shop.client, data_dir=tmp_path, page_size=10) as console:
        await console.until(lambda: len(console.rows) == 10)
        await console.press("E")
        await console.until(lambda: isinstance(console.app.screen, ExportDialog))
        await console.press("end", "enter")
        await console.told(" orders in ")
        written = next((tmp_path / EXPORTS).glob("orders-*.jsonl"))
        assert ids <= {json.loads(line)["id"] for line in written.read_text().splitlines()}
