"""The columns of the inbox. A row is looked up, since its columns tell what was judged about it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from console.design.times import one_unit
from console.design.tone import Tone
from console.gateway.rows import Row
from console.inbox.judging import Item
from console.listing import cells
from console.model import Cell, Column

NO_DUE = "\N{EN DASH}"

ItemOf = Callable[[Row], Item | None]


def due(item: Item | None, now: datetime) -> Cell:
    """Return when it must be decided, such as ``in 26 m`` or ``▲ late 2 h``."""
    at = item.due_at if item is not None else None
    if at is None:
        return Cell(NO_DUE, Tone.MUTED)
    return (
        Cell(f"in {one_unit(at - now)}", Tone.WAITING)
        if at >= now
        else Cell(f"▲ late {one_unit(now - at)}", Tone.HUMAN)
    )


def columns(item_of: ItemOf, keys: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns; ``keys`` has the keys of the legal actions by workflow ID, as far as they are known."""

    def due_cell(row: Row, now: datetime) -> Cell:
        return due(item_of(row), now)

    def why(row: Row, _: datetime) -> Cell:
        item = item_of(row)
        if item is None:
            return Cell("")
        return Cell(item.why, Tone.PLAIN if item.yours and item.cause is None else Tone.HUMAN)

    def can(row: Row, _: datetime) -> Cell:
        return Cell(keys.get(row.key.workflow_id, ""), Tone.ACCENT)

    return (
        Column("due", 10, due_cell, live=True),
        Column("what", 19, cells.ident, grows=True),
        Column("about", 18, cells.title, drop_order=2),
        Column("who", 10, cells.owner, drop_order=3),
        Column("amount", 10, cells.money, align="right", figure=True, drop_order=1),
        Column("why", 34, why, flexible=True),
        Column("you can", 11, can, live=True),
    )
