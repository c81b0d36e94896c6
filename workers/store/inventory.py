"""Stock and reservations.

A SKU's pieces are available, held by a reservation, or consumed by one. Only the available ones are counted in
`stock`; the others are the lines of reservations, so the three cannot drift apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from workers.store.engine import Store
from workers.store.reservations import consume, release, release_lines, reserve, reserve_available, restock
from workers.store.stock import StockLevel, set_available, stock_levels
from workflows.orders.models import ReservedLine


class SqlInventory:
    """The inventory of the orders system (port `Inventory`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def reserve(self, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Set all lines aside, or none. A known ``reservation_id`` changes nothing.

        Raises:
            UnknownSkuError: a SKU is not known.
            OutOfStockError: a SKU has too few pieces left.
            KeyConflictError: the reservation is known with other lines.
            ReservationEndedError: it is known, and released or consumed.
            ValueError: a line has no pieces.
        """
        await self._store.write(reserve, reservation_id, _total(lines))

    async def reserve_available(self, reservation_id: str, lines: Sequence[ReservedLine]) -> list[ReservedLine]:
        """Set aside what there is of each line, and return it. A known ``reservation_id`` returns what it holds.

        A reservation of nothing is not kept, so that the same ID may find something later.

        Raises:
            UnknownSkuError: a SKU is not known, and nothing is set aside.
            KeyConflictError: the reservation is known with pieces that are not among the lines.
            ReservationEndedError: it is known, and released or consumed.
            ValueError: a line has no pieces.
        """
        return _listed(await self._store.write(reserve_available, reservation_id, _total(lines)))

    async def release(self, reservation_id: str) -> None:
        """Put the pieces back. Released and consumed reservations are left as they are.

        An unknown one is noted as released: a reserve that was given up, and arrives late, must hold nothing.
        """
        await self._store.write(release, reservation_id)

    async def consume(self, reservation_id: str) -> None:
        """Book the pieces out for good. A released reservation is left as it is.

        Raises:
            UnknownKeyError: there is no such reservation.
        """
        await self._store.write(consume, reservation_id)

    async def restock(self, reservation_id: str) -> None:
        """Put the pieces of a consumed reservation back, as released. Others are left as they are."""
        await self._store.write(restock, reservation_id)

    async def release_lines(self, release_key: str, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Put some pieces of a reservation back; a known key does nothing. One that has given up all is released.

        A released reservation is left as it is: these pieces are back already.

        Raises:
            UnknownKeyError: there is no such reservation.
            KeyConflictError: the key is known with other lines or another reservation.
            OutOfStockError: the reservation has fewer pieces of a SKU.
            ValueError: a line has no pieces.
        """
        await self._store.write(release_lines, release_key, reservation_id, _total(lines))

    async def set_available(self, sku: str, quantity: int) -> None:
        """Set the pieces that may still be reserved, making the SKU known. What is held or consumed stays so.

        Raises:
            ValueError: the quantity is negative.
        """
        if quantity < 0:
            raise ValueError(f"a stock of {quantity} pieces is not possible; use 0 or more")
        await self._store.write(set_available, sku, quantity)

    async def levels(self) -> list[StockLevel]:
        """Return where the pieces of every SKU are, in the order of the SKUs."""
        return await self._store.read(stock_levels)


def _total(lines: Sequence[ReservedLine]) -> dict[str, int]:
    """Add up the pieces of each SKU: an order may name one twice."""
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
