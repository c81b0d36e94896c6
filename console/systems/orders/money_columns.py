"""The columns of the lists of payments and refunds."""

from collections.abc import Sequence
from datetime import datetime

from console.design.tone import Tone
from console.gateway.rows import Row
from console.listing import cells
from console.model import Cell, Column, Stage
from console.systems.orders.why import WHY
from workflows.orders.payment_intake.models import PaymentStage
from workflows.shared.money import format_money, format_whole_money

WITH_ORDER = "see order"
"""Of a payment that has paid its order: refunds are the order's from then on, and no row of ours knows them."""


def refunded_amount(row: Row) -> int | None:
    """Return what went back before the payment had an owner, in minor units; None if nothing is known to."""
    back = row.extra.get("refunded")
    return back if isinstance(back, int) and not isinstance(back, bool) else None


def refunded(row: Row, _: datetime) -> Cell:
    """Return what went back."""
    back = refunded_amount(row)
    if back and row.currency:
        return Cell(format_money(back, row.currency), Tone.STOPPED, short=format_whole_money(back, row.currency))
    return Cell(WITH_ORDER, Tone.MUTED) if row.stage == PaymentStage.APPLIED else Cell("")


def reference(row: Row, _: datetime) -> Cell:
    """Return the provider's references: of the capture, and of the refund."""
    capture, refund = (str(row.extra.get(name, "")) for name in ("reference", "refund"))
    return Cell(" ↩ ".join(filter(None, (capture, refund))) if capture else f"↩ {refund}" if refund else "", Tone.MUTED)


def why(row: Row, _: datetime) -> Cell:
    """Return why a person must look at it, or else what it waits for."""
    if row.attention:
        known = WHY.get(row.attention)
        return Cell(known.words if known else row.attention.replace("_", " "), Tone.HUMAN)
    return Cell(row.note, Tone.MUTED)


def _stuck_first(row: Row) -> tuple[bool, str]:
    return not row.needs_attention, row.attention or row.note


def money_columns(ident: str, stages: Sequence[Stage], *more: Column) -> tuple[Column, ...]:
    """Return the columns of what belongs to an order; ``ident`` is the title of its own ID."""
    return (
        Column(ident, 12, cells.ident, grows=True),
        Column("order", 12, cells.owner, grows=True),
        Column("amount", 8, cells.money, align="right", figure=True),
        *more,
        Column("state", 12, cells.stage(stages), grows=True),
        Column("in", 5, cells.in_stage, align="right", live=True, drop_order=1),
        Column("why", 12, why, flexible=True, drop_order=2, sort_key=_stuck_first),
    )


def payment_columns(stages: Sequence[Stage]) -> tuple[Column, ...]:
    """Return the columns of payments."""
    return money_columns(
        "payment",
        stages,
        Column("refunded", 10, refunded, align="right", figure=True, drop_order=3, sort_key=refunded_amount),
        Column("reference", 14, reference, drop_order=4),
    )
