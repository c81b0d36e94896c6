"""`tconsole check` and `tconsole mend`, as scripts see them: words and exit codes."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from temporalio.client import Client

from tests.support.processes import TIMEOUT, clean_environment, workers_process
from tests.support.temporal import connection
from workers.cli import main
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workflows.orders.views.models import ReservedLine


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give settings of the test's own, with an address where nobody answers."""
    return clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path), TEMPORAL_ADDRESS="127.0.0.1:1")


Said = Callable[..., tuple[object, list[str]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Give a way to run a command in this process, in a tenth of the time, and get its exit code and words."""

    def run(environment: dict[str, str], *command: str) -> tuple[object, list[str]]:
        with (
            patch.dict(os.environ, environment, clear=True),
            patch.object(os, "_exit", sys.exit),
            patch("workflows.runtime.exit.BEFORE_EXIT", []),
            pytest.raises(SystemExit) as ended,
        ):
            main(command)
        return ended.value.code, "".join(capsys.readouterr()).splitlines()

    return run


async def with_store(tmp_path: Path, *, held: bool = False) -> None:
    """Make the store, or hold stock in it for an order that nobody knows."""
    store = await open_store(f"sqlite:///{tmp_path}/store.sqlite")
    if held:
        inventory = SqlInventory(store)
        await inventory.set_available("SKU-CHAIR", 2)
        await inventory.reserve("ORD-1/reservation", [ReservedLine(sku="SKU-CHAIR", quantity=2)])
    await store.close()


def test_words_and_exit_codes(own_namespace: Client, environment: dict[str, str], tmp_path: Path, said: Said) -> None:
    assert said(environment, "check")[0] == 3
    here = environment | connection(own_namespace)
    with workers_process("check", environment=here) as run:
        assert run.process.wait(TIMEOUT) == 3
        assert run.lines == [f"there is no store at sqlite:///{tmp_path}/store.sqlite"]
    assert not (tmp_path / "store.sqlite").exists()
    asyncio.run(with_store(tmp_path))
    nothing = "nothing without an owner: 0 orders, 0 payments, 0 parcels, 0 messages checked"
    assert said(here, "check") == (0, [nothing])
    asyncio.run(with_store(tmp_path, held=True))
    mend = ["mend", "stock", "--", "ORD-1/reservation"]
    line = "stock without an owner: reservation ORD-1/reservation: 2 pieces held, and order ORD-1 is unknown"
    assert said(here, "check") == (1, [f"{line}; uv run tconsole {' '.join(mend)}"])
    assert said(here, *mend) == (0, ["the pieces of ORD-1/reservation can be ordered again"])
    assert said(here, *mend)[0] == 1
    assert said(here, "mend", "message", "ORD-1/paid") == (
        1,
        ["there is no mail server: set TCONSOLE_SMTP_HOST, or give it up with --give-up"],
    )
    assert said(here, "mend", "stock")[0] == 2
    assert said(here, "check")[0] == 0
