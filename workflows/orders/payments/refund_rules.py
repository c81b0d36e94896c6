"""Which lines of an order may be refunded, how much that is, and what becomes of the pieces."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.orders.goods.shipments import Shipment, Step, count, lines_of, quantities
from workflows.orders.models import OrderStatus
from workflows.orders.payments.records import Payment
from workflows.orders.payments.refund_models import PaymentPart, RefundAmount, RefundLine, RefundPreview
from workflows.orders.state import OrderState
from workflows.orders.views.availability import warehouse_must_agree, why_ended
from workflows.orders.views.models import PricedLine, Reservation, ReservationStatus, ReservedLine
from workflows.orders.views.refusals import refuse_if
from workflows.orders.views.wording import pieces, pieces_of
from workflows.shared.money import format_money

AFTER_DELIVERY = "Refund after delivery"
"""Label of the action that refunds a delivered order, whose own workflow runs no more."""


@dataclass(frozen=True)
class Withdrawal:
    """Refunded pieces that are not packed: they leave their shipment and go back into stock."""

    shipment: Shipment
    held: Reservation
    lines: list[ReservedLine]


@dataclass(frozen=True)
class RefundPlan:
    """What a refund would do."""

    lines: list[PricedLine]
    amount: int
    currency: str
    parts: list[tuple[Payment, int]]
    """How much of which payment goes back."""
    withdrawals: list[Withdrawal]
    goods: int
    """How many pieces of it are goods."""
    ends_order: bool
    """Whether nothing is left, so that the order is cancelled."""
    ships_nothing: bool
    """Whether services are left, and nothing to ship, so that the order ends with them."""
    asks_warehouse: bool
    """Whether the warehouse works on it and must agree to that."""
    words: str
    """The lines, for people."""

    @property
    def money(self) -> str:
        """The amount, for people."""
        return format_money(self.amount, self.currency)

    def preview(self) -> RefundPreview:
        """Return what an operator sees before deciding."""
        where = " and ".join(f"{payment.words(some)} to {payment.payment_id}" for payment, some in self.parts)
        stock = self._stock_effect()
        return RefundPreview(
            amount=self.amount,
            currency=self.currency,
            payment_id=self.parts[0][0].payment_id,
            parts=[PaymentPart(payment_id=payment.payment_id, amount=some) for payment, some in self.parts],
            effect=f"refunds {where} for {self.words}{f'; {stock}' if stock else ''}",
        )

    def _stock_effect(self) -> str:
        if self.ends_order and self.asks_warehouse:
            return "nothing is left, so the order is cancelled if the warehouse can still stop, and ships otherwise"
        if self.ends_order:
            return "nothing is left, so the order is cancelled"
        back = sum(count(withdrawal.lines) for withdrawal in self.withdrawals)
        gone = self.goods - back
        effects = [f"releases {pieces(back)}"] if back else []
        if gone:
            effects.append(f"{pieces(gone)} packed or shipped already, not back in stock")
        if self.ships_nothing:
            effects.append("nothing is left to ship, so the order ends with its services")
        return ", ".join(effects)


def goes_back(state: OrderState, lines: Sequence[ReservedLine]) -> int:
    """Return what goes back if these pieces are cancelled: what is left of the payments beyond the price of the others.

    That is their price if the order was paid in full, and less if somebody waived a part of it. What was refunded by
    amount counts as left: it was no discount on the others.
    """
    left, payments = state.pieces_left, state.payments
    others = left - state.prices.find(lines, left)
    return min(payments.left, max(0, payments.left + payments.sent_by_amount - state.prices.worth(others)))


def why_not_refund_money(state: OrderState) -> str | None:
    """Return why no money can be refunded now, or None."""
    payments = state.payments
    return _why_not_paid(state) or (None if payments.left else f"all of {payments.ids} goes back already")


def _why_not_paid(state: OrderState) -> str | None:
    ended = why_ended(state)
    if ended is not None:
        return f'{ended}; use "{AFTER_DELIVERY}"' if state.status == OrderStatus.DELIVERED else ended
    payments = state.payments
    if not payments.paying:
        return "the order costs nothing" if state.is_paid else "the order is not paid"
    missing = next((payment for payment in payments.paying if not payment.booked()), None)
    if missing is not None:
        return f"payment {missing.payment_id} is not in the ledger yet"
    return None


def why_not_refund_amount(state: OrderState, refund: RefundAmount) -> str | None:
    """Return why that amount cannot be refunded now, or None if it can."""
    why_not, payments, currency = why_not_refund_money(state), state.payments, state.request.currency
    if why_not is not None:
        return why_not
    if refund.currency != currency:
        return f"the order is in {currency}, and money is never converted"
    if refund.amount > payments.left:
        wanted = format_money(refund.amount, currency)
        return f"{wanted} to refund, and only {format_money(payments.left, currency)} of {payments.ids} is left"
    return None


def why_not_refund_anything(state: OrderState) -> str | None:
    """Return why nothing can be refunded by line now, or None."""
    why_not = _why_not_paid(state)
    if why_not is not None:
        return why_not
    if not all(shipment.reservations for shipment in state.live_shipments):
        return "the stock is not reserved yet"
    return why_not_refund_money(state) if state.pieces_left else "all pieces are refunded already"


def why_not_refund(state: OrderState, wanted: Sequence[RefundLine] | None) -> str | None:
    """Return why these lines, or all that are left, cannot be refunded now, or None if they can."""
    why_not = why_not_refund_anything(state) or _why_not_lines(state, wanted or ())
    if why_not is not None:
        return why_not
    plan, left = _plan(state, wanted), state.payments.left
    if plan.amount == 0:
        return f"{plan.words} cost nothing"
    if plan.amount > left:
        rest = format_money(left, plan.currency)
        return f"{plan.words} cost {plan.money}, and only {rest} of {state.payments.ids} is left"
    return None


def refunds_effect(state: OrderState) -> str:
    """Return what refunding by line can do now, in words and figures."""
    if why_not_refund(state, None) is not None:  # some of it may be refunded, all at once not
        return "refunds some lines, by SKU and quantity"
    everything = plan_refund(state, None)
    return f"all that is left: {everything.preview().effect}; or some of it, by SKU and quantity"


def plan_refund(state: OrderState, wanted: Sequence[RefundLine] | None) -> RefundPlan:
    """Return what refunding these lines does.

    Raises:
        ApplicationError: it is not possible, for the reason of :func:`why_not_refund`.
    """
    refuse_if(why_not_refund(state, wanted))
    return _plan(state, wanted)


def _why_not_lines(state: OrderState, wanted: Sequence[RefundLine]) -> str | None:
    chosen: Counter[int] = Counter()
    for line in wanted:
        why_not = _why_not_line(state, line)
        if why_not is not None:
            return why_not
        chosen[_number(state, line)] += line.quantity
    left = state.pieces_left
    for number, quantity in chosen.items():
        if quantity > left[number]:
            return f"{_line_words(state, number)}: {quantity} to refund, {left[number]} left"
    return None


def _why_not_line(state: OrderState, line: RefundLine) -> str | None:
    lines, numbers = state.request.lines, state.prices.of_sku(line.sku)
    if not numbers:
        if any(each.sku == line.sku for each in lines):
            return f"{line.sku} is a discount; refunds of the other lines are less by their share of it"
        return f"the order has no {line.sku}, only {', '.join(sorted({each.sku for each in lines if each.total >= 0}))}"
    where = f"{line.sku} is on line {' and '.join(map(str, numbers))}"
    if line.line is not None and line.line not in numbers:
        return f"{where}, not on line {line.line}"
    if line.line is None and len([number for number in numbers if state.pieces_left[number]]) > 1:
        return f"{where}; name the line"
    return None


def _number(state: OrderState, line: RefundLine) -> int:
    numbers = state.prices.of_sku(line.sku)
    return line.line or next((number for number in numbers if state.pieces_left[number]), numbers[0])


def _line_words(state: OrderState, number: int) -> str:
    sku = state.request.lines[number - 1].sku
    return f"{sku} (line {number})" if len(state.prices.of_sku(sku)) > 1 else sku


def _plan(state: OrderState, wanted: Sequence[RefundLine] | None) -> RefundPlan:
    left = state.pieces_left
    chosen = left if wanted is None else Counter({_number(state, line): line.quantity for line in wanted})
    lines = state.prices.take(chosen, left)
    goods = [line for line in lines if state.prices.is_goods(line.line)]
    price, paid = sum(line.amount for line in lines), state.payments.left
    rest = left - chosen
    # All that is left may be less than its price: somebody has accepted a payment that was too little.
    amount = price if rest else min(price, paid)
    in_house = all(shipment.parcel is None for shipment in state.live_shipments)
    ends_order = not rest and in_house
    return RefundPlan(
        lines=lines,
        amount=amount,
        currency=state.request.currency,
        parts=state.payments.divide(amount),
        withdrawals=_withdrawals(state, quantities(goods)),
        goods=count(goods),
        ends_order=ends_order,
        ships_nothing=in_house and bool(goods) and bool(rest) and not any(map(state.prices.is_goods, rest)),
        asks_warehouse=any(map(warehouse_must_agree, state.live_shipments)),
        words=", ".join(pieces_of(line.quantity, _line_words(state, line.line)) for line in lines),
    )


def _withdrawals(state: OrderState, wanted: Counter[str]) -> list[Withdrawal]:
    withdrawals = []
    for shipment in filter(_is_open, state.live_shipments):
        for held in shipment.reservations:
            taken = wanted & quantities(held.lines)
            if taken and held.status == ReservationStatus.HELD:
                wanted = wanted - taken
                withdrawals.append(Withdrawal(shipment, held, lines_of(taken)))
    return withdrawals


def _is_open(shipment: Shipment) -> bool:
    """Return whether pieces may still be withdrawn: until it is packed."""
    untouched = shipment.parcel is None and shipment.reported is None and shipment.not_stopped is None
    return untouched and shipment.step in (None, Step.PICK)
