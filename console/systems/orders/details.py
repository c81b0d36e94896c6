"""The details of one order."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import clock
from console.design.tone import Tone
from console.details.sections import (
    forecast,
    grid,
    lines,
    moment_line,
    problem,
    refused_signals,
    section,
    sections,
    sides,
    status,
    timeline,
    timing,
)
from console.systems.system import DetailContext
from workflows.orders.late_refunds.after_the_end import went_back
from workflows.orders.models import LineKind
from workflows.orders.views.held import held_words
from workflows.orders.views.models import (
    Late,
    LateRefund,
    LedgerEntry,
    OrderView,
    Parcel,
    ParkedPayment,
    ReservationStatus,
    ReservedLine,
    StuckStep,
)
from workflows.shared.money import format_money

RESERVATION_WORDS = {
    ReservationStatus.HELD: "reserved",
    ReservationStatus.RELEASED: "released",
    ReservationStatus.CONSUMED: "booked out",
}


def order_details(view: OrderView, context: DetailContext) -> Content:
    """Return everything about an order, the most urgent first."""
    width, now = context.width, context.now
    return sections(
        _held(view) if context.broken else "",
        lines(_status(view, context), _attention(view), _pending(view)),
        stuck_steps(view.stuck, width, now),
        "" if context.broken else forecast(view.next, now, width),
        _parked(view.parked, width, now),
        _held_refunds(view, width, now),
        _customer(view, width),
        _goods(view),
        _ledger(view, width, now),
        _parcels(view.parcels, width, now),
        refused_signals(view.refusals, view.refusal_count, now, width),
        _late(view, width, now),
        timeline(view.timeline, now, width),
    )


def _status(view: OrderView, context: DetailContext) -> Content:
    stage, width, now = context.stage, context.width, context.now
    if context.broken:
        return sides(status(stage), Tone.MUTED.styled("when it ended"), width)
    return sides(status(stage), timing(view.stage_since, view.due_at, now), width)


def _held(view: OrderView) -> Content:
    """Return what an order held whose run was ended, and what to do about it."""
    if not (held := held_words(view)):
        return Content("")
    return problem(
        f"when it ended it held {held}: `uv run temporal workflow reset` lets it go on,"
        " and `uv run tconsole check` says what it still holds"
    )


def _attention(view: OrderView) -> Content:
    words = [view.attention.replace("_", " ")] if view.attention else []
    words += [view.reason] if view.reason else []
    if not words:
        return Content("")
    tone = Tone.HUMAN if view.attention else Tone.MUTED
    sign = "▲ " if view.attention else ""
    return tone.styled(sign + plain(": ".join(words)))


def _pending(view: OrderView) -> Content:
    words = ["the warehouse is asked to stop"] if view.cancel_pending else []
    words += ["a return is offered to the customer"] if view.return_offered else []
    return Tone.WAITING.styled("; ".join(words)) if words else Content("")


def stuck_steps(steps: Sequence[StuckStep], width: int, now: datetime) -> Content:
    """Return the steps that fail again and again, each with its latest error."""
    return section(
        "Stuck", *(moment_line(step.since, f"{step.name} ({step.step}): {step.reason}", width, now) for step in steps)
    )


def _parked(payments: Sequence[ParkedPayment], width: int, now: datetime) -> Content:
    return section("Parked payments", *(moment_line(one.at, _parked_words(one), width, now) for one in payments))


def _parked_words(payment: ParkedPayment) -> str:
    return f"{payment.payment_id}, {format_money(payment.amount, payment.currency)}: {payment.reason}"


def _held_refunds(view: OrderView, width: int, now: datetime) -> Content:
    currency = view.request.currency
    words = [
        (one.at, f"{one.refund_id}, {format_money(one.amount, currency)} for {one.words}, by {one.by}: {one.reason}")
        for one in view.held_refunds
    ]
    return section("Wait for a second person", *(moment_line(at, text, width, now) for at, text in words))


def _late(view: OrderView, width: int, now: datetime) -> Content:
    words = [(one.came_at, _late_words(one.payment_id, one)) for one in view.late_payments]
    words += [(one.came_at, _late_words(f"refund {one.refund_id}", one)) for one in view.late_refunds]
    return section("After the end", *(moment_line(at, text, width, now) for at, text in sorted(words)))


def _late_words(name: str, late: Late) -> str:
    money = f", {format_money(late.amount, late.currency)}" if late.amount and late.currency else ""
    stage = (late.stage or "not known yet").lower()
    return f"{name}{money} {stage}{f': {late.reason}' if late.reason else ''}"


def _customer(view: OrderView, width: int) -> Content:
    customer = view.request.customer
    address = view.shipping_address or view.request.shipping_address
    parts = (address.line1, address.line2 or "", address.place, address.country)
    recipient = [] if address.name == customer.name else [address.name]
    where = ", ".join(part for part in (*recipient, *parts) if part)
    who = Content.assemble((plain(customer.name), "bold"), f" · {plain(customer.address)}")
    ident = Tone.MUTED.styled(plain(customer.customer_id))
    return lines(sides(who, ident, width), Tone.MUTED.styled(plain(where)))


def _goods(view: OrderView) -> Content:
    request = view.request
    stock = RESERVATION_WORDS[view.reservation.status] if view.reservation else "not reserved"
    rows: list[Sequence[Content | str]] = [
        (
            f"{line.quantity} ×",  # noqa: RUF001 - multiplication sign
            plain(line.name, limit=32),
            format_money(line.total, request.currency),
            Tone.MUTED.styled(stock if line.kind == LineKind.GOODS else line.kind),
        )
        for line in request.lines
    ]
    paid = Tone.MUTED.styled(view.payment_status.replace("_", " ").lower())
    to_pay = Content.styled(format_money(view.amount_due, request.currency), "bold")
    if view.amount_due == request.total:
        rows.append(("", "total", to_pay, paid))
    else:
        less = format_money(view.amount_due - request.total, request.currency)
        rows += [("", "cancelled", less, ""), ("", "total", to_pay, paid)]
    if 0 < view.outstanding < view.amount_due:
        rows.append(("", "still to pay", Tone.HUMAN.styled(format_money(view.outstanding, request.currency)), ""))
    return lines(grid(rows, right=(0, 2)), *_missing(view))


def _missing(view: OrderView) -> Iterator[Content]:
    """Yield the pieces that come later, or not at all."""
    for short in view.shortages:
        yield Tone.HUMAN.styled(f"  ▲ {plain(short.sku)}: {short.wanted} wanted, {short.available} there")
    for word, missing, tone in (
        ("back-ordered", view.back_ordered, Tone.WAITING),
        ("cancelled", view.cancelled_lines, Tone.STOPPED),
    ):
        if missing:
            yield tone.styled(f"  {word}: {plain(pieces(missing))}")


def _ledger(view: OrderView, width: int, now: datetime) -> Content:
    rows = [(entry.at, _entry(entry, now)) for entry in view.ledger]
    rows += [(late.came_at, _late_entry(late, now)) for late in view.late_refunds if went_back(late)]
    by_time = sorted(rows, key=lambda row: row[0])
    return section("Money", grid([cells for _, cells in by_time], right=(2,), width=width))


def _entry(entry: LedgerEntry, now: datetime) -> Sequence[Content | str]:
    captured = entry.kind == "capture"
    amount = format_money(entry.amount, entry.currency)
    word = (Tone.DONE if captured else Tone.WAITING).styled("+ captured" if captured else "- refunded")
    at = Tone.MUTED.styled(clock(entry.at, now))
    return at, word, amount, plain(entry.payment_id), Tone.MUTED.styled(plain(entry.reference))


def _late_entry(refund: LateRefund, now: datetime) -> Sequence[Content | str]:
    money = format_money(went_back(refund), refund.currency or "")
    name = plain(f"refund {refund.refund_id}")
    return Tone.MUTED.styled(clock(refund.came_at, now)), Tone.WAITING.styled("- refunded"), money, name, ""


def _parcels(parcels: Sequence[Parcel], width: int, now: datetime) -> Content:
    rows: list[Sequence[Content | str]] = [
        (
            Tone.MUTED.styled(clock(parcel.updated_at, now)),
            plain(parcel.parcel_id),
            str(parcel.status),
            plain(parcel.carrier),
            plain(pieces(parcel.lines) if len(parcels) > 1 else ""),
        )
        for parcel in parcels
    ]
    return section("Parcels", grid(rows, width=width))


def pieces(wanted: Sequence[ReservedLine]) -> str:
    """Return pieces by SKU, in one line."""
    return ", ".join(f"{line.quantity} × {line.sku}" for line in wanted)  # noqa: RUF001 - multiplication sign
