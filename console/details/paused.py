"""What the details say of a workflow that is paused in Temporal, and so does not answer."""

from datetime import datetime
from typing import Any

from textual.content import Content

from console.design.times import time_and_day
from console.details.sections import hanging, lines, problem, section
from console.gateway.rows import Row
from console.systems.system import ConsoleSystem
from workflows.shared.client import paused_words
from workflows.shared.money import format_money

FROM_BEFORE = "what stands below is from before the pause"


def published(row: Row, now: datetime) -> list[str]:
    """Return what a workflow published last that does not answer now."""
    money = format_money(row.amount, row.currency) if row.amount is not None and row.currency else ""
    parts = (
        row.stage and f"it was {row.stage.replace('_', ' ').lower()}",
        money and f"its amount is {money}",
        row.due_at and f"it is due at {time_and_day(row.due_at, now)}",
        row.waiting_for and f"it waits for {', '.join(row.waiting_for)}",
    )
    return [part for part in parts if part]


def paused(row: Row, system: ConsoleSystem[Any, Any], now: datetime, width: int, *, answered: bool) -> Content:
    """Return that a row is paused, and what this means; ``answered`` is whether it did before."""
    meaning = system.operations
    means = [f"a pause {meaning.pause}", meaning.deadline(row, now), "the key O lets it go on"]
    if answered:
        means.append(FROM_BEFORE)
    said = [hanging(Content("  · "), text, width) for text in means if text]
    known = [] if answered else [text for text in (row.title, *published(row, now)) if text]
    return lines(
        problem(f"this {system.noun} {paused_words(row.key.workflow_id)}"),
        *said,
        section("Last published", *(hanging(Content("  "), text, width) for text in known)),
    )
