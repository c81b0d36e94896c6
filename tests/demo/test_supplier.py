"""The demo's supplier keeps the shop going."""

from pathlib import Path

from workers.demo.supplier import Supplier
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workers.store.sample import STOCK, fill_sample


async def test_what_is_low_is_filled_up_and_what_is_sold_out_by_intent_stays_so(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    try:
        await fill_sample(store)
        inventory = SqlInventory(store)
        await inventory.set_available("SKU-LAMP", 3)
        await inventory.set_available("SKU-CHAIR", STOCK["SKU-CHAIR"] // 2)
        await Supplier(store).visit()
        levels = {level.sku: level.available for level in await inventory.levels()}
    finally:
        await store.close()
    assert levels == STOCK | {"SKU-CHAIR": STOCK["SKU-CHAIR"] // 2}
