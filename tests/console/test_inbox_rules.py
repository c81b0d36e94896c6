"""Why a row is in the inbox, in which order, and which queries find it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.gateway.rows import Row, RowKey
from console.inbox import queries
from console.inbox.chips import shown
from console.inbox.command import written
from console.inbox.judging import LATE, Cause, Item, by_cause, judge
from console.registry import SYSTEMS
from console.systems.approvals.system import APPROVALS
from console.systems.approvals.why import WHY as APPROVALS_WHY
from console.systems.campaigns.system import CAMPAIGNS
from console.systems.orders.system import ORDERS
from console.systems.orders.why import WHY as ORDERS_WHY
from console.systems.system import ConsoleSystem, kinds_of
from workflows.approvals.models import POLICY_WRONG
from workflows.orders.models import OrderStatus
from workflows.orders.views.attention import Attention

NOW = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def row(system: ConsoleSystem[Any, Any] = ORDERS, name: str = "1", **fields: Any) -> Row:  # noqa: ANN401 - any field of the row
    key = RowKey(f"{system.kind.id_prefix}{name}", "run")
    fields = {"stage": system.stages[0].name, "stage_since": NOW - HOUR, **fields}
    return Row(key, name, NOW - HOUR, **fields)


def judged(of: Row, system: ConsoleSystem[Any, Any] = ORDERS) -> Item:
    item = judge(of, system, system, "chen", NOW)
    assert item is not None
    return item


def test_every_code_of_attention_has_plain_words() -> None:
    assert ORDERS_WHY.keys() == set(Attention)
    assert POLICY_WRONG in APPROVALS_WHY
    words = [why.words for system in SYSTEMS for kind in kinds_of(system) for why in kind.why.values()]
    assert not [text for text in words if "_" in text]


@pytest.mark.parametrize(
    ("fields", "cause", "words"),
    [
        ({"attention": "amount_mismatch"}, None, "the amount paid is not the amount due"),
        ({"attention": "refund_failed"}, Cause.STEP_FAILING, "a refund does not go through"),
        ({"attention": "brand_new"}, None, "brand new"),
        ({"stage": OrderStatus.NEEDS_ACTION}, None, "needs action"),
        ({"paused": True}, Cause.PAUSED, "paused in Temporal"),
        ({"task_failing": True}, Cause.TASK_FAILING, "workflow task fails"),
        ({"due_at": NOW - HOUR}, Cause.LATE, "was due 1 h ago"),
        ({"broken": "terminated", "closed_at": NOW}, Cause.ENDED, "was terminated while created"),
        ({"waiting_for": ("chen",), "note": "leave · hr"}, None, "waits for you · leave · hr"),
        ({"waiting_for": ("chen", "emeka")}, None, "waits for you, or 1 more"),
        ({"waiting_for": ("chen",), "attention": "overdue"}, None, "overdue · waits for you"),
    ],
)
def test_a_row_says_why_it_is_there(fields: dict[str, Any], cause: Cause | None, words: str) -> None:
    item = judged(row(**fields))
    assert item.cause is cause
    assert words in item.why


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"due_at": NOW + HOUR},
        {"due_at": NOW - LATE / 2},
        {"waiting_for": ("ben",)},
        {"closed_at": NOW, "attention": "overdue", "waiting_for": ("chen",)},
        {"closed_at": NOW, "broken": "terminated", "stage": OrderStatus.DELIVERED},
    ],
)
def test_nobody_is_asked_for_what_goes_on_or_has_ended(fields: dict[str, Any]) -> None:
    assert judge(row(**fields), ORDERS, ORDERS, "chen", NOW) is None


def test_the_most_urgent_comes_first() -> None:
    late = judged(row(name="late", attention="stock_short", due_at=NOW - HOUR))
    soon = judged(row(name="soon", attention="stock_short", due_at=NOW + HOUR))
    yours = judged(row(name="yours", waiting_for=("chen",)))
    older = judged(row(name="older", attention="stock_short", stage_since=NOW - 3 * HOUR))
    newer = judged(row(name="newer", attention="stock_short"))
    found = sorted([newer, older, yours, soon, late], key=lambda item: item.order)
    assert [item.row.business_id for item in found] == ["late", "soon", "yours", "older", "newer"]


def test_a_chip_shows_its_own_and_what_is_stuck_stands_together_by_cause() -> None:
    request = judged(row(APPROVALS, "vote", waiting_for=("chen",)), APPROVALS)
    paused, late = judged(row(name="paused", paused=True)), judged(row(name="late", due_at=NOW - HOUR))
    again = judged(row(name="again", paused=True))
    items = [paused, request, late, again]
    assert shown(items, None) == items
    assert shown(items, "yours") == shown(items, "approvals") == [request]
    assert shown(items, "stuck") == [late, paused, again]
    assert by_cause(items) == {Cause.LATE: [late], Cause.PAUSED: [paused, again]}


def test_a_run_that_ended_has_no_due_time() -> None:
    assert judged(row(broken="terminated", closed_at=NOW, due_at=NOW - HOUR)).due_at is None


def test_a_system_is_read_with_one_query_that_quotes_names() -> None:
    query = queries.waiting(kinds_of(APPROVALS), "o'neil", NOW)
    assert "BizWaitingFor IN ('o\\'neil'" in query or "'o''neil'" in query
    assert "BizWaitingFor" not in queries.waiting(kinds_of(APPROVALS), 'a "b"', NOW)
    assert "BizWaitingFor" not in queries.waiting(kinds_of(ORDERS), "chen", NOW)
    for kind in kinds_of(ORDERS):
        assert kind.kind.workflow_type in queries.waiting(kinds_of(ORDERS), "chen", NOW)
    assert queries.PROBLEMS not in queries.waiting(kinds_of(CAMPAIGNS), "chen", NOW, problems=False)
    assert "'DELIVERED'" not in queries.ended(kinds_of(ORDERS))


def test_the_command_writes_the_rows_of_every_list_with_the_reason() -> None:
    asked = row(
        APPROVALS, waiting_for=("chen",), title="New \x1b[31mlenses", owner="ana", amount=184_000, currency="USD"
    )
    ended = row(broken="terminated", closed_at=NOW, due_at=NOW)
    items = [judged(asked, APPROVALS), judged(row(paused=True)), judged(ended)]
    (line,) = written(items[:1], "text", NOW)
    assert "New lenses · ana · $1,840.00  waits for you" in line
    first, second, third = map(json.loads, written(items, "jsonl", NOW))
    assert [first["id"], first["workflow_id"], first["amount"], first["for_you"]] == ["1", "approval-1", 184_000, True]
    assert first["since"] == "2025-01-31T13:30:00Z"
    assert second["stuck"] == "paused in Temporal"
    assert (third["stage"], third["attention"], third["due_at"]) == (None, "terminated", None)  # as in every list
    (noted,) = written([judged(row(attention="new\x1b[31m_code"))], "text", NOW)
    assert noted.endswith("  new code")
    assert json.loads("".join(written([], "json", NOW))) == []
    assert written([], "text", NOW) == ["nothing waits for a person"]


def test_an_answer_that_decides_it_takes_it_out() -> None:
    asked = row(APPROVALS, waiting_for=("chen",))
    assert judge(replace(asked, waiting_for=("dora",)), APPROVALS, APPROVALS, "chen", NOW) is None
