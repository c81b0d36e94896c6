"""Stock and reservations.

A SKU's pieces are available, held by a reservation, or consumed by one. `stock` counts only the available ones; the
others are the lines of reservations, so the three cannot drift apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from workers.store.engine import Store
from workers.store.reservations import consume, release, release_lines, reserve, reserve_available, restock
from workers.store.stock import StockLevel, set_available, stock_levels
from workflows.orders.views.models import ReservedLine


class SqlInventory:
    """The port `Inventory`. A key that comes again with other content is a `KeyConflictError`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def reserve(self, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Set all lines aside, or none; see the port."""
        await self._store.write(reserve, reservation_id, _total(lines))

    async def reserve_available(self, reservation_id: str, lines: Sequence[ReservedLine]) -> list[ReservedLine]:
        """Set aside what there is of each line, and return it; see the port."""
        return _listed(await self._store.write(reserve_available, reservation_id, _total(lines)))

    async def release(self, reservation_id: str) -> None:
        """Put held pieces back; see the port."""
        await self._store.write(release, reservation_id)

    async def consume(self, reservation_id: str) -> None:
        """Book held pieces out for good.

        Raises:
            UndoneError: the reservation is released.
            UnknownKeyError: there is no such reservation.
        """
        await self._store.write(consume, reservation_id)

    async def restock(self, reservation_id: str) -> None:
        """Put consumed pieces back; see the port."""
        await self._store.write(restock, reservation_id)

    async def release_lines(self, release_key: str, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Put some pieces of a reservation back once; see the port.

        Raises:
            UnknownKeyError: there is no such reservation.
            OutOfStockError: the reservation has fewer pieces of a SKU.
        """
        await self._store.write(release_lines, release_key, reservation_id, _total(lines))

    async def set_available(self, sku: str, quantity: int) -> None:
        """Set the available pieces, making the SKU known; held and consumed ones stay as they are."""
        if quantity < 0:
            raise ValueError(f"a stock of {quantity} pieces is not possible; use 0 or more")
        await self._store.write(set_available, sku, quantity)

    async def levels(self) -> list[StockLevel]:
        """Return where the pieces of every SKU are, in the order of the SKUs."""
        return await self._store.read(stock_levels)


def _total(lines: Sequence[ReservedLine]) -> dict[str, int]:
    """Return the pieces of each SKU."""
    total: Counter[str] = Counter()
    for line in lines:
        if line.quantity < 1:
            raise ValueError(f"{line.sku}: {line.quantity} pieces cannot be reserved; use 1 or more")
        total[line.sku] += line.quantity
    if not total:
        raise ValueError("a reservation needs at least one line")
    return dict(total)


def _listed(lines: Mapping[str, int]) -> list[ReservedLine]:
    return [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in sorted(lines.items())]
