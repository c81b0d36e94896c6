"""The demo's supplier keeps the shop going."""

from tests.support.memory_store import MemoryStore
from workers.demo.supplier import refill
from workers.store.inventory import SqlInventory
from workers.store.sample import STOCK, add_stock


async def test_low_stock_is_refilled_and_what_is_sold_out_on_purpose_is_not() -> None:
    store = MemoryStore()
    await store.write(add_stock)
    inventory = SqlInventory(store)
    await inventory.set_available("SKU-LAMP", 3)
    await inventory.set_available("SKU-CHAIR", STOCK["SKU-CHAIR"] // 2)
    await refill(store)
    levels = {level.sku: level.available for level in await inventory.levels()}
    assert levels == STOCK | {"SKU-CHAIR": STOCK["SKU-CHAIR"] // 2}
