"""A fourth system costs one folder in each house and one line in each registry: nothing else names a system."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from console.registry import SYSTEMS as TABS
from tests.fourth_system.client import TicketsClient
from tests.fourth_system.engine import SYSTEM
from tests.fourth_system.rules import Ticket
from tests.fourth_system.tab import TICKETS
from tests.support.console_app import running_console
from tests.support.temporal import fresh
from workers.registry import SYSTEMS as ENGINES
from workers.store.migrate import open_store
from workers.supervisor.supervisor import Supervisor
from workers.system import fill_sample, open_systems

ROOT = Path(__file__).parent.parent.parent

SYSTEM_FREE = [
    "console/app.py",
    "console/pane.py",
    "console/help.py",
    "console/keys.py",
    "console/model.py",
    "console/notice.py",
    "console/screen.py",
    "console/settings.py",
    "console/start",
    "console/systems/system.py",
    "console/web.py",
    "console/commands",
    "console/details",
    "console/dialogs",
    "console/forms",
    "console/gateway",
    "console/listing",
    "console/widgets",
    "console/design",
    "workers/supervisor",
    "workers/server",
    "workers/system.py",
    "workers/building.py",
    "workers/guards.py",
    "workers/interceptor.py",
    "workflows/shared",
    "workflows/runtime",
]
"""The parts that know no system."""

NAMES = re.compile(
    r"(from|import) (workflows|console\.systems|workers\.services)\.(orders|approvals|campaigns)\b"
    r"|OrderWorkflow|UserActor"
)


async def test_a_ticket_is_run_listed_and_closed(client: Client, tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
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
    await store.close()
    assert supervisor.report().services["printer"] == "on"


async def drive(client: Client, ticket_id: str) -> None:
    """Close a ticket with the fourth tab's keys."""
    async with running_console(client, tab="4", systems=(*TABS, TICKETS)) as console:
        assert "Tickets" in console.tab(4)
        await console.focus(f"ticket-{ticket_id}", "open: [b]jam")
        assert "ends the ticket" in console.details
        dialog = await console.open("c")
        dialog.query("Input, TextArea").first().focus()
        await console.send("done")
        await console.until(lambda: "done (chen)" in console.receipt)
        await console.until(lambda: "closed: [b]jam" in console.details)


@pytest.mark.parametrize("place", SYSTEM_FREE)
def test_the_core_names_no_system(place: str) -> None:
    path = ROOT / place
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    assert files
    assert not [str(file) for file in files if NAMES.search(file.read_text(encoding="utf-8"))]
