"""A workflow's own answer comes before what List returns, until List has caught up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.gateway import answers
from console.gateway.answers import LatestAnswers
from console.gateway.rows import Row, RowKey
from console.systems.orders.system import ORDERS
from workflows.orders.models import OrderStatus
from workflows.shared.summary import Summary

NOW = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
LISTED = Row(
    RowKey("order-1", "run"),
    "1",
    NOW,
    stage=OrderStatus.NEEDS_ACTION,
    stage_since=NOW,
    attention="amount_mismatch",
)
SUMMARY = Summary(title="Ada", stage=OrderStatus.PAID, stage_since=NOW + timedelta(minutes=1), owner="CUST-1")


def latest(row: Row) -> Row:
    known = LatestAnswers()
    known.put(LISTED.key, SUMMARY, LISTED)
    return known.latest(row, ORDERS.kind)


@pytest.mark.parametrize("row", [LISTED, replace(LISTED, attention="refund_failed")])
def test_what_was_decided_stays_so_while_the_list_has_an_earlier_stage(row: Row) -> None:
    assert (latest(row).stage, latest(row).attention) == (OrderStatus.PAID, None)


def test_the_list_counts_once_it_has_caught_up() -> None:
    later = replace(LISTED, stage=OrderStatus.FULFILLING, stage_since=NOW + timedelta(minutes=2))
    assert latest(later) is later


def test_a_list_that_never_catches_up_counts_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_LAG_SECONDS", 0.0)
    assert latest(LISTED) is LISTED


def test_the_answer_of_a_workflow_that_is_gone_is_forgotten() -> None:
    known = LatestAnswers()
    known.put(LISTED.key, SUMMARY, LISTED)
    known.keep(())
    assert known.latest(LISTED, ORDERS.kind) is LISTED
