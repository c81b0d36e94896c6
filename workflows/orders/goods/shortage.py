"""What an order was short of when its stock was set aside, until it is decided what becomes of that."""

from collections.abc import Iterable

from workflows.orders.models import ReservedLine, Shortage


class ShortOf:
    """The pieces that were not there."""

    def __init__(self) -> None:
        self.shortages: list[Shortage] = []
        self.missing: list[ReservedLine] = []
        """Those about which nothing is decided yet."""
        self.asks = False
        """Whether somebody must decide."""
        self.never_came = False
        """Whether pieces were waited for in vain."""

    def learn(self, wanted: Iterable[ReservedLine], missing: list[ReservedLine]) -> None:
        """Know what was wanted, and what of it is missing."""
        short = {line.sku: line.quantity for line in missing}
        self.missing = missing
        self.shortages = [
            Shortage(sku=line.sku, wanted=line.quantity, available=line.quantity - short[line.sku])
            for line in wanted
            if line.sku in short
        ]

    def words(self) -> str:
        """Return what is missing, in words."""
        return "; ".join(f"{short.sku}: {short.wanted} wanted, {short.available} available" for short in self.shortages)
