"""Opening a workflow by its ID: in the tab of its system, or its history where it has no list."""

from typing import TYPE_CHECKING

from console.inbox.messages import OpenItem
from console.notice import Notice
from console.systems.system import ConsoleSystem, kinds_of, lists_of
from workflows.shared.errors import CallError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from console.app import ConsoleApp


def unknown_id(workflow_id: str, systems: "Iterable[ConsoleSystem[Any, Any]]") -> str:
    """Return that an ID is none of our workflows', and which ones are."""
    known = ", ".join(f"{kind.kind.id_prefix}…" for tab in systems for kind in kinds_of(tab))
    return f"{workflow_id!r} is no workflow of these systems; their IDs are {known}"


def open_by_id(console: "ConsoleApp", workflow_id: str) -> None:
    """Open a workflow, or say that there is none."""
    console.run_worker(_open(console, workflow_id.strip()), group="open", exclusive=True, exit_on_error=False)


async def _open(console: "ConsoleApp", workflow_id: str) -> None:
    systems = [pane.system for pane in console.panes.values()]
    found = ((tab, kind) for tab in systems for kind in kinds_of(tab))
    tab, kind = next(((tab, kind) for tab, kind in found if workflow_id.startswith(kind.kind.id_prefix)), (None, None))
    if tab is None or kind is None:
        console.post_message(Notice(f"open: {unknown_id(workflow_id, systems)}", refused=True))
        return
    try:
        key = await console.gateway.latest_run(workflow_id)
    except CallError as error:
        console.post_message(Notice(f"open {workflow_id}: {error}", refused=True))
        return
    if key is None:
        server = console.session.state.server
        where = f"at {server.address} · {server.namespace}"
        console.post_message(Notice(f"open: there is no {kind.noun} {workflow_id} {where}", refused=True))
    elif kind in lists_of(tab):
        console.post_message(OpenItem(kind.name, workflow_id.removeprefix(kind.kind.id_prefix)))
    else:
        from console.history.screen import HistoryScreen

        console.push_screen(HistoryScreen(console.gateway, console.settings, key, systems))
