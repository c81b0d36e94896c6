"""Opening a workflow by its ID: in the tab of its system, or its history where it has no list."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from console.inbox.messages import OpenItem
from console.notice import Notice
from console.start.state import Server
from console.systems.system import ConsoleSystem, kinds_of, lists_of
from workflows.shared.errors import CallError

if TYPE_CHECKING:
    from console.app import ConsoleApp

System = ConsoleSystem[Any, Any]


class UnknownIdError(ValueError):
    """An ID is none of our workflows'. The text is one line for people."""


class Place(NamedTuple):
    """Where a workflow belongs: to a type, in the tab of a system."""

    tab: System
    kind: System

    def missing(self, workflow_id: str, server: Server) -> str:
        """Return that there is no workflow of that ID."""
        return f"there is no {self.kind.noun} {workflow_id} at {server.address} · {server.namespace}"


def place_of(workflow_id: str, systems: Iterable[System]) -> Place:
    """Return where a workflow belongs, by its ID. Raises ``UnknownIdError``."""
    places = [Place(tab, kind) for tab in systems for kind in kinds_of(tab)]
    for place in places:
        if workflow_id.startswith(prefix := place.kind.kind.id_prefix) and workflow_id != prefix:
            return place
    known = ", ".join(f"{place.kind.kind.id_prefix}…" for place in places)
    raise UnknownIdError(f"{workflow_id!r} is no workflow of these systems; their IDs are {known}")


def open_by_id(console: "ConsoleApp", workflow_id: str) -> None:
    """Open a workflow, or say that there is none."""
    console.run_worker(_open(console, workflow_id.strip()), group="open", exclusive=True, exit_on_error=False)


async def _open(console: "ConsoleApp", workflow_id: str) -> None:
    try:
        place = place_of(workflow_id, console.systems)
        key = await console.gateway.latest_run(workflow_id)
    except (UnknownIdError, CallError) as error:
        console.post_message(Notice(f"open: {error}", refused=True))
        return
    tab, kind = place
    if key is None:
        words = place.missing(workflow_id, console.session.state.server)
        console.post_message(Notice(f"open: {words}", refused=True))
    elif kind in lists_of(tab):
        console.post_message(OpenItem(kind.name, workflow_id.removeprefix(kind.kind.id_prefix)))
    else:
        from console.history.screen import HistoryScreen

        console.push_screen(HistoryScreen(console.gateway, console.settings, key, console.systems))
