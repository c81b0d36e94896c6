"""The details of one order, as text."""

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from console.model import Stage
from console.moments import clock
from console.text import plain
from console.tone import Tone
from console.widgets.sections import due_bar, grid, heading, lines, sections, sides, timeline
from workflows.orders.models import LedgerEntry, OrderView, Parcel, Refusal, ReservationStatus
from workflows.shared.money import format_money

RESERVATION_WORDS = {
    ReservationStatus.HELD: "reserved",
    ReservationStatus.RELEASED: "released",
    ReservationStatus.CONSUMED: "booked out",
}


def describe_order(view: OrderView, stage: Stage | None, width: int, now: datetime) -> Content:
    """Return everything that an operator wants to know of an order, the most urgent first."""
    return sections(
        lines(_status(view, stage, width, now), _attention(view)),
        _customer(view, width),
        _goods(view),
        _ledger(view, now),
        _parcels(view.parcels, now),
        _refusals(view.refusals, now),
        timeline(view.timeline, now),
    )


def _status(view: OrderView, stage: Stage | None, width: int, now: datetime) -> Content:
    tone = stage.tone if stage else Tone.PLAIN
    symbol = f"{stage.symbol} " if stage else ""
    left = Content.styled(f"{symbol}{view.status.replace('_', ' ')}", f"bold {tone.style}")
    if view.due_at is None:
        since = Content.styled(f"since {clock(view.stage_since, now)}", Tone.MUTED.style)
        return sides(left, since, width)
    return sides(left, due_bar(view.stage_since, view.due_at, now), width)


def _attention(view: OrderView) -> Content:
    words = [view.attention.replace("_", " ")] if view.attention else []
    words += [view.reason] if view.reason else []
    if not words:
        return Content("")
    tone = Tone.HUMAN if view.attention else Tone.MUTED
    sign = "▲ " if view.attention else ""
    return Content.styled(sign + plain(": ".join(words)), tone.style)


def _customer(view: OrderView, width: int) -> Content:
    customer, address = view.request.customer, view.request.shipping_address
    parts = (address.line1, address.line2 or "", f"{address.postal_code} {address.city}", address.country)
    recipient = [] if address.name == customer.name else [address.name]
    where = ", ".join(part for part in (*recipient, *parts) if part)
    who = Content.assemble((plain(customer.name), "bold"), f" · {plain(customer.email)}")
    ident = Content.styled(plain(customer.customer_id), Tone.MUTED.style)
    return lines(sides(who, ident, width), Content.styled(plain(where), Tone.MUTED.style))


def _goods(view: OrderView) -> Content:
    request = view.request
    stock = RESERVATION_WORDS[view.reservation.status] if view.reservation else "not reserved"
    rows: list[Sequence[Content | str]] = [
        (
            f"{line.quantity} ×",  # noqa: RUF001 - the multiplication sign is meant
            plain(line.name, limit=32),
            format_money(line.total, request.currency),
            Content.styled(stock, Tone.MUTED.style),
        )
        for line in request.lines
    ]
    paid = Content.styled(view.payment_status.replace("_", " ").lower(), Tone.MUTED.style)
    total = Content.styled(format_money(request.total, request.currency), "bold")
    return grid([*rows, ("", "total", total, paid)], right=(0, 2))


def _ledger(view: OrderView, now: datetime) -> Content:
    if not view.ledger:
        return Content("")
    return lines(heading("Money"), grid([_entry(entry, now) for entry in view.ledger], right=(1,)))


def _entry(entry: LedgerEntry, now: datetime) -> Sequence[Content | str]:
    captured = entry.kind == "capture"
    amount = format_money(entry.amount, entry.currency)
    word = Content.styled("+ captured" if captured else "- refunded", (Tone.DONE if captured else Tone.WAITING).style)
    return (
        word,
        amount,
        plain(entry.payment_id),
        Content.styled(f"{clock(entry.at, now)} · {plain(entry.reference)}", Tone.MUTED.style),
    )


def _parcels(parcels: Sequence[Parcel], now: datetime) -> Content:
    if not parcels:
        return Content("")
    rows = [
        (
            plain(parcel.parcel_id),
            plain(parcel.carrier),
            str(parcel.status),
            Content.styled(clock(parcel.updated_at, now), Tone.MUTED.style),
        )
        for parcel in parcels
    ]
    return lines(heading("Parcels"), grid(rows))


def _refusals(refusals: Sequence[Refusal], now: datetime) -> Content:
    if not refusals:
        return Content("")
    return lines(
        heading("Refused"),
        *(
            Content.assemble(
                "  ",
                (clock(refusal.at, now), Tone.MUTED.style),
                f"  {refusal.signal.replace('_', ' ')}: {plain(refusal.reason)}",
            )
            for refusal in refusals
        ),
    )
