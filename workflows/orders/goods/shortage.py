"""What an order was short of when its stock was reserved, until it is decided what becomes of that."""

from collections.abc import Iterable

from workflows.orders.views.models import ReservedLine, Shortage


class MissingStock:
    """The pieces that were not in stock."""

    def __init__(self) -> None:
        self.shortages: list[Shortage] = []
        self.missing: list[ReservedLine] = []
        """Those about which nothing is decided yet."""
        self.needs_decision = False
        """Whether an operator must decide."""
        self.never_came = False
        """Whether back-ordered pieces were waited for in vain."""

    def record(self, wanted: Iterable[ReservedLine], missing: list[ReservedLine]) -> None:
        """Record what was wanted, and what of it is missing."""
        pieces = {line.sku: line.quantity for line in wanted}
        self.missing = missing
        self.shortages = [
            Shortage(sku=line.sku, wanted=pieces[line.sku], available=pieces[line.sku] - line.quantity)
            for line in missing
        ]

    def words(self) -> str:
        """Return what is missing, for people."""
        return "; ".join(f"{short.sku}: {short.wanted} wanted, {short.available} available" for short in self.shortages)
