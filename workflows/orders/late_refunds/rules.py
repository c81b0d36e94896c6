"""What may go back of an order that is delivered. Pure: the store calls it in the transaction that decides."""

from collections import Counter
from collections.abc import Sequence

from workflows.orders.goods.shipments import lines_of, quantities
from workflows.orders.late_refunds.models import RefundPlan, RefundRequest, Restocked
from workflows.orders.models import OrderStatus
from workflows.orders.payments.refund_models import PaymentPart, RefundLine
from workflows.orders.ports import BookedPayment, NotRefundableError
from workflows.orders.pricing import Prices
from workflows.orders.views.models import CaptureStatus, OrderView, PricedLine, ReservationStatus
from workflows.orders.views.wording import pieces_of
from workflows.shared.items import hash_of
from workflows.shared.money import format_money


def why_no_late_refund(order: OrderView) -> str | None:
    """Return why nothing can go back of an order that has ended, or None."""
    if order.status != OrderStatus.DELIVERED:
        return f"the order is {order.status.lower()}: all of its money went back"
    return None if order.ledger else "the order cost nothing"


def plan_late_refund(
    order: OrderView, payments: Sequence[BookedPayment], earlier: Sequence[RefundPlan], request: RefundRequest
) -> RefundPlan:
    """Return what goes back; ``payments`` are the ledger's, ``earlier`` is what was decided before.

    Raises:
        NotRefundableError: nothing does, and why.
    """
    _refuse(why_no_late_refund(order))
    currency, prices = order.request.currency, Prices(order.request.lines)
    if request.currency not in (None, currency):
        _refuse(f"the order is in {currency}, and money is never converted")
    left, sold = _left_of(order, payments), _pieces_left(order, prices, earlier)
    wanted = None if request.lines is None else _wanted(order, prices, request.lines)
    priced: list[PricedLine] = []
    if request.amount is None:
        chosen = sold if wanted is None else wanted
        priced = _priced(prices, chosen, sold)
        price = sum(line.amount for line in priced)
        amount = min(price, sum(left.values())) if wanted is None else price
    else:
        chosen, amount = wanted or Counter(), request.amount
    if amount > sum(left.values()):
        most = format_money(sum(left.values()), currency)
        _refuse(f"{format_money(amount, currency)} to refund, and only {most} is left")
    if not amount and not request.returned:
        _refuse("nothing is left to refund")
    return RefundPlan(
        refund_id=request.refund_id,
        request_hash=hash_of(request),
        amount=amount,
        currency=currency,
        parts=_divide(amount, left),
        lines=priced,
        restocked=_restocked(order, prices, chosen, earlier) if request.returned else [],
        words=", ".join(_words(order, number, count) for number, count in sorted(chosen.items())) or "an amount",
    )


def _refuse(why_not: str | None) -> None:
    if why_not is not None:
        raise NotRefundableError(why_not)


def _wanted(order: OrderView, prices: Prices, lines: Sequence[RefundLine]) -> Counter[int]:
    """Return the pieces of each line."""
    wanted: Counter[int] = Counter()
    for line in lines:
        numbers = prices.of_sku(line.sku)
        if not numbers:
            _refuse(f"the order has no {line.sku} that can be refunded")
        where = f"{line.sku} is on line {' and '.join(map(str, numbers))}"
        if line.line is None and len(numbers) > 1:
            _refuse(f"{where}; name the line")
        if line.line is not None and line.line not in numbers:
            _refuse(f"{where}, not on line {line.line}")
        number = line.line or numbers[0]
        wanted[number] += line.quantity
        ordered = order.request.lines[number - 1].quantity
        if wanted[number] > ordered:
            _refuse(f"line {number}: {wanted[number]} to refund, {ordered} ordered")
    return wanted


def _priced(prices: Prices, chosen: Counter[int], sold: Counter[int]) -> list[PricedLine]:
    for number, count in chosen.items():
        if count > sold[number]:
            _refuse(f"line {number}: {count} to refund, {sold[number]} left")
    return prices.take(chosen, sold)


def _left_of(order: OrderView, payments: Sequence[BookedPayment]) -> dict[str, int]:
    """Return what the ledger has left of each payment that pays the order, those under way included."""
    paying = {payment.payment_id for payment in order.payments if payment.status == CaptureStatus.APPLIED}
    left = {
        booked.payment_id: booked.amount - sum(refund.amount for refund in booked.refunds)
        for booked in payments
        if booked.payment_id in paying
    }
    return {payment_id: amount for payment_id, amount in left.items() if amount > 0}


def _pieces_left(order: OrderView, prices: Prices, earlier: Sequence[RefundPlan]) -> Counter[int]:
    gone: Counter[int] = Counter()
    for line in (*order.cancelled_lines, *order.refunded_lines, *(line for plan in earlier for line in plan.lines)):
        gone[line.line] += line.quantity
    return prices.ordered - gone


def _divide(amount: int, left: dict[str, int]) -> list[PaymentPart]:
    parts = []
    for payment_id, most in reversed(left.items()):
        if part := min(amount, most):
            parts.append(PaymentPart(payment_id=payment_id, amount=part))
            amount -= part
    return parts


def _restocked(
    order: OrderView, prices: Prices, chosen: Counter[int], earlier: Sequence[RefundPlan]
) -> list[Restocked]:
    """Return which reservations give the pieces back."""
    wanted: Counter[str] = Counter()
    for number, count in chosen.items():
        if prices.is_goods(number):
            wanted[order.request.lines[number - 1].sku] += count
    back = [each for plan in earlier for each in plan.restocked]
    restocked = []
    for held in order.reservations:
        if held.status != ReservationStatus.CONSUMED:
            continue
        before = quantities(line for each in back if each.reservation_id == held.reservation_id for line in each.lines)
        taken = wanted & (quantities(held.lines) - before)
        if taken:
            wanted -= taken
            restocked.append(Restocked(reservation_id=held.reservation_id, lines=lines_of(taken)))
    if wanted:
        (sku, count), *_ = wanted.items()
        _refuse(f"{pieces_of(count, sku)} cannot have come back: no more were delivered, or they are back already")
    return restocked


def _words(order: OrderView, number: int, count: int) -> str:
    return pieces_of(count, order.request.lines[number - 1].name)
