"""The hand-over report: what it says of a shift, and that text from outside is only text in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.gateway.rows import Row, RowKey
from console.inbox.judging import Cause, Item
from console.inbox.reader import InboxSnapshot
from console.journal.entry import Entry, Outcome
from console.journal.report import report
from console.systems.orders.system import ORDERS
from tests.console.test_journal import act

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)
SINCE = NOW - timedelta(hours=8)
NOBODY = InboxSnapshot((), complete=True, read=True)


def entry(outcome: Outcome, **fields: object) -> Entry:
    return Entry(**vars(act(at=NOW - timedelta(minutes=5), **fields)), number=1, outcome=outcome, answer="so it is")


def item(cause: Cause | None = None, due_at: datetime | None = None) -> Item:
    row = Row(RowKey("order-ORD-9", "run"), "ORD-9", NOW, title="Ada", owner="CUST-1", amount=12_000, currency="USD")
    return Item(replace(row, due_at=due_at), ORDERS, ORDERS, "amount short", cause=cause)


def test_it_says_what_was_done_oldest_first_and_what_nobody_knows() -> None:
    entries = [entry(Outcome.UNKNOWN, target="ORD-2"), entry(Outcome.APPLIED, acting_as="ben", target="ORD-1")]
    text = report(entries, NOBODY, "ada", SINCE, NOW)
    assert text.startswith("# Hand-over by ada, ")
    assert "## What was done: 2 actions" in text
    assert "1 applied, 1 unknown." in text
    assert "- Cancel order ORD-2, " in text
    assert text.index("| ada as ben | Cancel order | ORD-1 | a duplicate | applied | so it is |") < text.index(
        "| ORD-2 |"
    )
    assert "Nothing waits for a person." in text
    assert "Nothing is stuck." in text


def test_it_says_what_waits_and_what_is_stuck() -> None:
    items = (item(due_at=NOW + timedelta(hours=2)), item(Cause.PAUSED))
    text = report([], InboxSnapshot(items, complete=False, read=True), "ada", None, NOW)
    assert "Nothing was done from here." in text
    assert "## What waits for a person: 1 and more" in text
    assert "| in 2 h | ORD-9 | Ada | CUST-1 | $120.00 | amount short |" in text
    assert "### paused in Temporal: 1" in text


def test_without_a_server_it_says_so() -> None:
    assert "## What waits\n\nNot known: no server" in report([], "no server", "ada", SINCE, NOW)


@given(st.text(max_size=60))
def test_a_text_from_outside_stays_in_its_cell(words: str) -> None:
    text = report([entry(Outcome.REFUSED, reason=words, target=words)], NOBODY, words, SINCE, NOW)
    (row,) = [line for line in text.splitlines() if line.endswith("| refused | so it is |")]
    assert row.replace(r"\|", "").replace(r"\\", "").count("|") == 8
    assert "<" not in text.replace(r"\<", "")
