"""`tconsole check` and `tconsole mend`, as scripts see them: words and exit codes."""

from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.processes import clean_environment, workers_process
from tests.support.temporal import connection
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workflows.orders.views.models import ReservedLine


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give settings of the test's own, with an address where nobody answers."""
    return clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path), TEMPORAL_ADDRESS="127.0.0.1:1")


async def said(environment: dict[str, str], *command: str) -> tuple[int, list[str]]:
    with workers_process(*command, environment=environment) as run:
        return await run.exit_code(), run.lines


async def hold(store: Store) -> None:
    inventory = SqlInventory(store)
    await inventory.set_available("SKU-CHAIR", 2)
    await inventory.reserve("ORD-1/reservation", [ReservedLine(sku="SKU-CHAIR", quantity=2)])


async def test_words_and_exit_codes(own_namespace: Client, environment: dict[str, str], tmp_path: Path) -> None:
    assert (await said(environment, "check"))[0] == 3
    here = environment | connection(own_namespace)
    assert await said(here, "check") == (3, [f"there is no store at sqlite:///{tmp_path}/store.sqlite"])
    assert not (tmp_path / "store.sqlite").exists()
    store = await open_store(f"sqlite:///{tmp_path}/store.sqlite")
    nothing = "nothing without an owner: 0 orders, 0 payments, 0 parcels, 0 messages checked"
    assert await said(here, "check") == (0, [nothing])
    await hold(store)
    mend = ["mend", "stock", "--", "ORD-1/reservation"]
    line = "stock without an owner: reservation ORD-1/reservation: 2 pieces held, and order ORD-1 is unknown"
    assert await said(here, "check") == (1, [f"{line}; uv run tconsole {' '.join(mend)}"])
    assert await said(here, *mend) == (0, ["the pieces of ORD-1/reservation can be ordered again"])
    assert (await said(here, *mend))[0] == 1
    assert (await said(here, "mend", "message", "ORD-1/paid")) == (
        1,
        ["there is no mail server: set TCONSOLE_SMTP_HOST, or give it up with --give-up"],
    )
    assert (await said(here, "mend", "stock"))[0] == 2
    assert (await said(here, "check"))[0] == 0
    await store.close()
