"""What may be decided about pieces that are not in stock, and what each decision would do and cost."""

from datetime import timedelta

from workflows.orders.state import OrderState
from workflows.orders.views.availability import how_it_ends
from workflows.orders.views.wording import duration, pieces
from workflows.shared.money import format_money


def why_no_shortage_decision(state: OrderState) -> str | None:
    """Return why there is nothing to decide about missing pieces now, or None if there is."""
    if state.closing_as or state.ended:
        return how_it_ends(state)
    return None if state.short_of.asks else "nothing waits for a decision about missing pieces"


def shortage_effect(state: OrderState) -> str:
    """Return what each decision would do and cost."""
    missing = sum(short.wanted - short.available for short in state.short_of.shortages)
    there = pieces(state.request.pieces - missing)
    some = pieces(missing)
    longest = duration(timedelta(seconds=state.policy.back_order_seconds))
    value = state.value_of(state.short_of.missing)
    less = format_money(value, state.request.currency)
    due = format_money(state.amount_due - value, state.request.currency)
    refund = f" and {less} go back" if state.payments.accepted else ""
    return (
        f"{state.short_of.words()}; ship_available ships {there} and sends {some} later, back_order sends all together"
        f" later (both wait {longest} at most), cancel_lines cancels {some}: the order then costs {due}{refund}"
    )
