"""Cells that the lists of all systems share."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from console.design.times import age, due
from console.design.tone import Tone
from console.gateway.rows import Row
from console.model import Cell, Stage, unknown_stage
from workflows.shared.money import format_money, format_whole_money

CellOf = Callable[[Row, datetime], Cell]

_money = lru_cache(maxsize=4096)(format_money)
_whole_money = lru_cache(maxsize=4096)(format_whole_money)


def _text(field: str, tone: Tone = Tone.PLAIN) -> CellOf:
    return lambda row, _: Cell(getattr(row, field), tone)


ident = _text("business_id")
title = _text("title")
note = _text("note", Tone.MUTED)
owner = _text("owner")


def money(row: Row, _: datetime) -> Cell:
    """Return the amount, empty if there is none."""
    if row.amount is None or not row.currency:
        return Cell("")
    return Cell(_money(row.amount, row.currency), short=_whole_money(row.amount, row.currency))


def in_stage(row: Row, now: datetime) -> Cell:
    """Return the time in its stage."""
    return Cell(age(row.stage_since, now), Tone.MUTED)


def due_in(row: Row, now: datetime) -> Cell:
    """Return the time until the stage must be decided; red when overdue, empty once the run has ended."""
    if row.closed:
        return Cell("")
    overdue = row.due_at is not None and row.due_at < now
    return Cell(due(row.due_at, now), Tone.HUMAN if overdue else Tone.MUTED)


def stage(stages: Sequence[Stage]) -> CellOf:
    """Return a cell function for the stage's symbol and word, or for why the workflow needs attention."""
    known = {one.name: one for one in stages}

    def cell(row: Row, _: datetime) -> Cell:
        if row.broken:
            return Cell(f"▲ {row.broken}", Tone.HUMAN)
        if row.paused or row.task_failing:
            return Cell("▲ paused" if row.paused else "▲ task failing", Tone.HUMAN)
        if row.attention:
            return Cell(f"▲ {row.attention.replace('_', ' ')}", Tone.HUMAN)
        if row.stage is None:
            return Cell("…", Tone.MUTED)
        found = known.get(row.stage) or unknown_stage(row.stage)
        return Cell(f"{found.symbol} {found.word}", found.tone)

    return cell
