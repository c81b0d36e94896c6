"""A fourth system costs one folder in each house and one line in each registry: nothing else names a system."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from console.registry import SYSTEMS as TABS
from tests.fourth_system.client import TicketsClient
from tests.fourth_system.engine import SYSTEM
from tests.fourth_system.rules import Ticket
from tests.fourth_system.tab import TICKETS
from tests.support.console_app import running_console
from tests.support.temporal import fresh
from workers.registry import SYSTEMS as ENGINES
from workers.store.engine import Store
from workers.supervisor.supervisor import Supervisor
from workers.system import fill_sample, open_systems

ROOT = Path(__file__).parent.parent.parent

OF_SYSTEMS = re.compile(
    r"/(orders|approvals|campaigns)\b|console/(api/)?registry|workers/(books|bounces|caps|demo|policy|services|settings|store)/"
)
"""Paths of what may know a system; all else may name none."""

NAMES = re.compile(
    r"(from|import) (workflows|console\.systems|workers\.services)\.(orders|approvals|campaigns)\b"
    r"|OrderWorkflow|UserActor"
)


async def test_a_ticket_is_run_listed_and_closed(client: Client, store: Store) -> None:
    stop = asyncio.Event()
    systems = (*ENGINES, SYSTEM)
    assert "no tickets" in await fill_sample(systems, store)
    ticket_id = fresh("T")
    async with open_systems([SYSTEM], store) as opened:
        supervisor = Supervisor(client, store, opened, drain=timedelta(seconds=5), registered=True)
        running = asyncio.create_task(supervisor.run(stop))
        try:
            await TicketsClient(client).start(Ticket(ticket_id=ticket_id, title="[b]jam", pages=3))
            await drive(client, ticket_id)
        finally:
            stop.set()
            await running
    assert supervisor.report().services["printer"] == "on"


async def drive(client: Client, ticket_id: str) -> None:
    """Close a ticket with the fourth tab's keys."""
    async with running_console(client, tab="4", systems=(*TABS, TICKETS)) as console:
        assert "Tickets" in console.tab(4)
        await console.focus(f"ticket-{ticket_id}", "open: [b]jam")
        assert "ends the ticket" in console.details
        await console.until(lambda: "3 p" in console.list_text)
        dialog = await console.open("c")
        dialog.query("Input, TextArea").first().focus()
        await console.send("done")
        await console.until(lambda: "done (chen)" in console.receipt)
        await console.until(lambda: "closed: [b]jam" in console.details)


def test_the_core_names_no_system() -> None:
    paths = [path for house in ("console", "workers", "workflows") for path in (ROOT / house).rglob("*.py")]
    core = [path for path in paths if not OF_SYSTEMS.search(path.relative_to(ROOT).as_posix())]
    assert len(core) > 100
    assert not [str(path) for path in core if NAMES.search(path.read_text(encoding="utf-8"))]
