"""The screen with the record of one request, from which its trail is exported."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import problem
from console.gateway.gateway import Gateway
from console.gateway.rows import Row
from console.settings import ConsoleSettings
from console.systems.approvals.record import record
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalView, AuditTrail
from workflows.approvals.slack.models import SlackState
from workflows.approvals.trail_files import to_csv, to_json_lines
from workflows.shared.actions import Viewer
from workflows.shared.errors import CallError

EXPORTS = "exports"
"""The folder of exported files, in the data folder."""

MAX_NAME = 100
"""Characters of a file's name that come from a request's ID."""

KEYS = "↑ ↓ scroll · x export the trail (JSON Lines) · c export it as CSV · f5 read again · esc back"

MIN_WIDTH = 40


class RecordScreen(ModalScreen[None]):
    """Shows what a request keeps: versions, links, questions, its messages in Slack, and its audit trail."""

    DEFAULT_CSS = """
    RecordScreen {
        #record {
            height: 1fr; margin: 1 0 0 0; background: $surface; border: round $accent 70%; padding: 0 1;
            border-title-color: $text-accent; scrollbar-gutter: stable;
        }
        #record-said { height: auto; max-height: 6; padding: 0 1; color: $text-muted; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", show=False),
        Binding("x", "export('jsonl')", "Export", show=False),
        Binding("c", "export('csv')", "Export as CSV", show=False),
        Binding("f5", "read", "Read again", show=False),
    ]

    def __init__(self, gateway: Gateway, settings: ConsoleSettings, request: Row) -> None:
        super().__init__()
        self._gateway, self._row = gateway, request
        self._folder = settings.data_dir / EXPORTS
        self._view: ApprovalView | None = None
        self._slack: SlackState | str = "reading …"
        self._body = Static(Tone.MUTED.styled("reading …"))

    def compose(self) -> ComposeResult:
        """Lay out the record above the keys."""
        with VerticalScroll(id="record") as place:
            yield self._body
        yield Static(Content(KEYS), id="record-said")
        place.border_title = Content(f"Record of {plain(self._row.business_id)} · {plain(self._row.title, limit=60)}")

    def on_mount(self) -> None:
        """Read it."""
        self.query_one("#record").focus()
        self.action_read()

    def action_read(self) -> None:
        """Read everything now. Not again and again: each look at Slack is a workflow of its own."""
        self.run_worker(self._read(), group="record", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        client, key = self._gateway.domain(ApprovalsClient), self._row.key
        viewer = Viewer(person=self._gateway.operator)
        try:
            snapshot = await client.get_snapshot(key.workflow_id, ApprovalView, viewer, run_id=key.run_id)
        except CallError as error:
            self._body.update(problem(str(error)))
            return
        self._view, request_id = snapshot.view, snapshot.view.state.request_id
        self._draw()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_slack(client, request_id))
            group.create_task(self._read_attempts(client, snapshot.view))
        self._draw()

    async def _read_slack(self, client: ApprovalsClient, request_id: str) -> None:
        try:
            self._slack = await client.slack_state(request_id)
        except CallError as error:
            self._slack = str(error)

    async def _read_attempts(self, client: ApprovalsClient, view: ApprovalView) -> None:
        """Put beside the trail what the store alone has; an export without it would not be whole."""
        try:
            attempts = await client.attempts(view.state.request_id)
        except CallError as error:
            self._say(problem(f"refused attempts before its begin and after its end are missing: {error}"))
            return
        trail = view.trail.model_copy(update={"attempts": attempts})
        self._view = view.model_copy(update={"trail": trail})

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._view is not None:
            width = max(self.query_one("#record").scrollable_content_region.width, MIN_WIDTH)
            self._body.update(record(self._view, self._slack, width, datetime.now(UTC)))

    async def action_export(self, kind: str) -> None:
        """Write the audit trail to a file in the data folder, and say where it is."""
        if self._view is None:
            self._say(problem("there is no trail to export yet"))
            return
        trail = self._view.trail
        path = self._folder / f"{file_name(trail.request_id)}.{kind}"
        try:
            await asyncio.to_thread(_write, path, trail, kind)
        except OSError as error:
            self._say(problem(f"{path} cannot be written: {error.strerror or error}"))
            return
        verify = "; uv run tconsole approvals verify-trail FILE verifies it" if kind == "jsonl" else ""
        count = len(trail.entries) + len(trail.attempts)
        self._say(Tone.DONE.styled(plain(f"✔ {count} entries in {path}{verify}")))

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._say(problem(f"unexpected error: {event.worker.error}"))

    def _say(self, content: Content) -> None:
        self.query_one("#record-said", Static).update(content)


def file_name(request_id: str) -> str:
    """Return a file's name for a request, whose ID may hold anything, and be long."""
    name = f"trail-{quote(request_id, safe='#')}"
    if len(name) <= MAX_NAME:
        return name
    return f"{name[:MAX_NAME]}-{hashlib.sha256(request_id.encode(errors='surrogatepass')).hexdigest()[:12]}"


def _write(path: Path, trail: AuditTrail, kind: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(to_json_lines(trail) if kind == "jsonl" else to_csv(trail), encoding="utf-8")
