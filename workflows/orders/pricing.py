"""What the pieces of an order cost, line by line, after its discounts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from workflows.orders.models import LineKind, OrderLine
from workflows.orders.views.models import PricedLine, ReservedLine


def divide(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to weights, by largest remainder: the parts add up, and none exceeds its weight.

    The latter holds if the amount does not exceed the sum of the weights.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda number: -(amount * weights[number] % whole))
    for number in by_remainder[: amount - sum(parts)]:
        parts[number] += 1
    return parts


class Prices:
    """The prices of an order's lines, by their numbers, counted from 1.

    The discounts are divided among the other lines in proportion to their prices, to the minor unit; of the pieces of
    a line the first ones cost a minor unit more where that does not come out even.
    """

    def __init__(self, lines: Sequence[OrderLine]) -> None:
        self._lines = {number: line for number, line in enumerate(lines, start=1) if line.kind != LineKind.DISCOUNT}
        gross = [line.total for line in self._lines.values()]
        discount = -sum(line.total for line in lines if line.kind == LineKind.DISCOUNT)
        shares = divide(discount, gross)
        self._net = dict(zip(self._lines, (price - off for price, off in zip(gross, shares, strict=True)), strict=True))
        self.ordered = Counter({number: line.quantity for number, line in self._lines.items()})
        """The pieces of each line, services included."""

    def worth(self, pieces: Mapping[int, int]) -> int:
        """Return what the first pieces of each line cost, in minor units."""
        return sum(self._worth(number, count) for number, count in pieces.items())

    def take(self, taken: Mapping[int, int], left: Mapping[int, int]) -> list[PricedLine]:
        """Return what pieces cost that are taken from those that are left, the last of each line first."""
        return [
            PricedLine(
                line=number,
                sku=self._lines[number].sku,
                quantity=count,
                amount=self._worth(number, left[number]) - self._worth(number, left[number] - count),
            )
            for number, count in sorted(taken.items())
            if count
        ]

    def find(self, lines: Iterable[ReservedLine], left: Mapping[int, int]) -> Counter[int]:
        """Return of which lines pieces of goods are: of the last lines of a SKU first, and no more than are left."""
        found: Counter[int] = Counter()
        for wanted in lines:
            missing = wanted.quantity
            for number, line in reversed(self._lines.items()):
                if line.sku == wanted.sku and line.kind == LineKind.GOODS:
                    taken = min(missing, left[number] - found[number])
                    found[number] += taken
                    missing -= taken
        return +found

    def of_sku(self, sku: str) -> list[int]:
        """Return the numbers of the lines of a SKU."""
        return [number for number, line in self._lines.items() if line.sku == sku]

    def is_goods(self, number: int) -> bool:
        """Return whether a line has stock."""
        return self._lines[number].kind == LineKind.GOODS

    def _worth(self, number: int, count: int) -> int:
        each, more = divmod(self._net[number], self._lines[number].quantity)
        return count * each + min(count, more)


def merged(lines: Iterable[PricedLine]) -> list[PricedLine]:
    """Return one entry for each line."""
    by_line: dict[int, PricedLine] = {}
    for line in lines:
        known = by_line.get(line.line)
        more = {"quantity": line.quantity + known.quantity, "amount": line.amount + known.amount} if known else {}
        by_line[line.line] = line.model_copy(update=more)
    return [by_line[number] for number in sorted(by_line)]
