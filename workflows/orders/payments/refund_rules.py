"""Which lines of an order may be refunded, how much that is, and what becomes of the pieces."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.orders.goods.shipments import Shipment, Step, count, lines_of, quantities
from workflows.orders.payments.records import Payment
from workflows.orders.payments.refund_models import RefundLine, RefundPreview
from workflows.orders.state import OrderState
from workflows.orders.views.availability import warehouse_must_agree, why_ended
from workflows.orders.views.models import Reservation, ReservationStatus, ReservedLine
from workflows.orders.views.refusals import refuse_if
from workflows.orders.views.wording import pieces, pieces_of


@dataclass(frozen=True)
class Withdrawal:
    """Refunded pieces that are not packed: they leave their shipment and go back into stock."""

    shipment: Shipment
    held: Reservation
    lines: list[ReservedLine]


@dataclass(frozen=True)
class RefundPlan:
    """What a refund would do."""

    payment: Payment
    lines: list[ReservedLine]
    amount: int
    withdrawals: list[Withdrawal]
    ends_order: bool
    """Whether nothing is left to ship, so that the order is cancelled."""
    asks_warehouse: bool
    """Whether the warehouse works on it and must agree to that."""

    @property
    def money(self) -> str:
        """The amount, for people."""
        return self.payment.words(self.amount)

    @property
    def words(self) -> str:
        """The lines, for people."""
        return ", ".join(pieces_of(line.quantity, line.sku) for line in self.lines)

    def preview(self) -> RefundPreview:
        """Return what an operator sees before deciding."""
        return RefundPreview(
            amount=self.amount,
            currency=self.payment.confirmation.currency,
            payment_id=self.payment.payment_id,
            effect=f"refunds {self.money} to {self.payment.payment_id} for {self.words}; {self._stock_effect()}",
        )

    def _stock_effect(self) -> str:
        if self.ends_order and self.asks_warehouse:
            return "nothing is left, so the order is cancelled if the warehouse can still stop, and ships otherwise"
        if self.ends_order:
            return "nothing is left, so the order is cancelled"
        back = sum(count(withdrawal.lines) for withdrawal in self.withdrawals)
        gone = count(self.lines) - back
        effects = [f"releases {pieces(back)}"] if back else []
        if gone:
            effects.append(f"{pieces(gone)} packed or shipped already, stays so")
        return ", ".join(effects)


def refundable(state: OrderState) -> Counter[str]:
    """Return the pieces of each SKU that were ordered and neither refunded nor cancelled."""
    return quantities(state.request.lines) - quantities(state.cancelled_lines) - quantities(state.refunded_lines)


def goes_back(state: OrderState, lines: Sequence[ReservedLine]) -> int:
    """Return what goes back if these pieces are cancelled: what is left of the payment beyond the price of the others.

    That is their price if the order was paid in full, and less if somebody waived a part of it.
    """
    payment = state.payments.accepted
    others = refundable(state) - quantities(lines)
    return max(0, payment.left - state.value_of(lines_of(others))) if payment else 0


def why_not_refund_anything(state: OrderState) -> str | None:
    """Return why nothing can be refunded by line now, or None."""
    ended = why_ended(state)
    if ended is not None:
        return ended
    payment = state.payments.accepted
    if payment is None:
        return "the order is not paid"
    if not payment.booked():
        return f"payment {payment.payment_id} is not in the ledger yet"
    if not all(shipment.reservations for shipment in state.live_shipments):
        return "the stock is not reserved yet"
    if not refundable(state):
        return "all pieces are refunded already"
    return None if payment.left else f"all of {payment.payment_id} goes back already"


def why_not_refund(state: OrderState, wanted: Sequence[RefundLine] | None) -> str | None:
    """Return why these lines, or all that are left, cannot be refunded now, or None if they can."""
    why_not = why_not_refund_anything(state) or next(
        filter(None, (_why_not_line(state, line) for line in wanted or ())), None
    )
    if why_not is not None:
        return why_not
    plan = _plan(state, wanted)
    payment = plan.payment
    if plan.amount == 0:
        return f"{plan.words} cost nothing"
    if plan.amount > payment.left:
        return f"{plan.words} cost {plan.money}, and only {payment.words(payment.left)} of {payment.payment_id} is left"
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


def _why_not_line(state: OrderState, line: RefundLine) -> str | None:
    ordered = {known.sku for known in state.request.lines}
    if line.sku not in ordered:
        return f"the order has no {line.sku}, only {', '.join(sorted(ordered))}"
    left = refundable(state)[line.sku]
    return f"{line.sku}: {line.quantity} to refund, {left} left" if line.quantity > left else None


def _plan(state: OrderState, wanted: Sequence[RefundLine] | None) -> RefundPlan:
    payment, left = state.payments.accepted, refundable(state)
    if payment is None:
        raise ValueError("the order is not paid")
    chosen = left if wanted is None else Counter({line.sku: line.quantity for line in wanted})
    lines = lines_of(chosen)
    price = sum(_price(state, line, refunded_before=left) for line in lines)
    nothing_left = chosen == left
    return RefundPlan(
        payment=payment,
        lines=lines,
        # All that is left may be less than its price: somebody has accepted a payment that was too little.
        amount=min(price, payment.left) if nothing_left else price,
        withdrawals=_withdrawals(state, chosen),
        ends_order=nothing_left and all(shipment.parcel is None for shipment in state.live_shipments),
        asks_warehouse=any(map(warehouse_must_agree, state.live_shipments)),
    )


def _price(state: OrderState, wanted: ReservedLine, refunded_before: Counter[str]) -> int:
    """Return the price of the pieces; where lines of one SKU have different prices, the last pieces go back first."""
    to_pass, to_price, price = refunded_before[wanted.sku] - wanted.quantity, wanted.quantity, 0
    for line in state.request.lines:
        if line.sku == wanted.sku:
            passed = min(to_pass, line.quantity)
            priced = min(to_price, line.quantity - passed)
            to_pass, to_price = to_pass - passed, to_price - priced
            price += priced * line.unit_price
    return price


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
