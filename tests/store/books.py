"""Does the stock add up? Read from the tables themselves, past the code under test."""

from sqlalchemy import Connection, text

from workers.store.engine import Store
from workers.store.inventory import SqlInventory

STATUS_SUM = """
    SELECT coalesce(sum(l.quantity), 0) FROM reservation_lines l
    JOIN reservations r ON r.reservation_id = l.reservation_id WHERE l.sku = :sku AND r.status = :status
"""


async def pieces(store: Store, sku: str) -> tuple[int, int, int]:
    """Return how many pieces of a SKU are available, held and consumed."""
    return await store.read(_pieces, sku)


def _pieces(connection: Connection, sku: str) -> tuple[int, int, int]:
    available = connection.scalar(text("SELECT available FROM stock WHERE sku = :sku"), {"sku": sku})
    held, consumed = [
        connection.scalar(text(STATUS_SUM), {"sku": sku, "status": status}) for status in ("HELD", "CONSUMED")
    ]
    return int(available), int(held), int(consumed)


async def check_books(store: Store, stocked: dict[str, int]) -> None:
    """Check that every piece that was stocked is somewhere, and that the inventory says the same."""
    levels = {level.sku: level for level in await SqlInventory(store).levels()}
    for sku, total in stocked.items():
        available, held, consumed = await pieces(store, sku)
        assert min(available, held, consumed) >= 0
        assert available + held + consumed == total
        assert (levels[sku].available, levels[sku].held, levels[sku].consumed) == (available, held, consumed)
