"""The screen with the record of one request, from which its trail is exported."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import problem, section
from console.exports import EXPORTS, file_name
from console.gateway.gateway import Gateway
from console.gateway.rows import Row
from console.private_file import write_private
from console.systems.approvals.record import has_section, request_section
from console.systems.approvals.slack import slack_blocks
from console.systems.approvals.trail import Verdict, attempt_blocks, trail_blocks
from console.widgets.blocks import BLANK, Block, BlockText
from console.widgets.excerpt import Excerpt
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalView, AuditTrail
from workflows.approvals.trail_files import to_csv, to_json_lines
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.actions import Viewer
from workflows.shared.errors import CallError

KEYS = "↑ ↓ scroll · x export the trail (JSON Lines) · c export it as CSV · f5 read again · esc back"


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
        self._trail: AuditTrail | None = None
        self._body = BlockText()
        self._parts: dict[str, list[Block]] = {}
        """From top to bottom."""

    def compose(self) -> ComposeResult:
        """Lay out the record above the keys."""
        with VerticalScroll(id="record") as place:
            yield self._body
        yield Excerpt(Content(KEYS), id="record-said")
        place.border_title = Content(f"Record of {plain(self._row.business_id)} · {plain(self._row.title, limit=60)}")

    def on_mount(self) -> None:
        """Read it."""
        self._body.show([Block(lambda _: Tone.MUTED.styled("reading …"))])
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
            words = problem(str(error))
            self._body.show([Block(lambda _: words)])
            return
        state, trail, now = snapshot.view.state, snapshot.view.trail, datetime.now(UTC)
        self._trail = trail
        self._parts = {
            "request": [Block(lambda width: request_section(state, width, now))] if has_section(state) else [],
            "slack": [Block(lambda _: section("Slack", Tone.MUTED.styled("  reading …")))],
            "trail": trail_blocks(trail, await asyncio.to_thread(Verdict.of, trail), now),
        }
        self._show()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_slack(client, state.request_id, now))
            group.create_task(self._read_attempts(client, trail, now))
        self._show()

    async def _read_slack(self, client: ApprovalsClient, request_id: str, now: datetime) -> None:
        try:
            self._parts["slack"] = slack_blocks(await client.slack_state(request_id), now)
        except CallError as error:
            words = f"  {plain(str(error))}"
            self._parts["slack"] = [Block(lambda _: section("Slack", words))]

    async def _read_attempts(self, client: ApprovalsClient, trail: AuditTrail, now: datetime) -> None:
        """Put beside the trail what the store alone has; an export without it would not be whole."""
        try:
            attempts = await client.attempts(trail.request_id)
        except CallError as error:
            self._say(problem(f"refused attempts before its begin and after its end are missing: {error}"))
            return
        self._trail = trail = trail.model_copy(update={"attempts": attempts})
        self._parts["attempts"] = attempt_blocks(trail, await asyncio.to_thread(Verdict.of, trail), now)

    def _show(self) -> None:
        self._body.show([block for part in self._parts.values() if part for block in (*part, BLANK)])

    async def action_export(self, kind: str) -> None:
        """Write the audit trail to a file in the data folder, and say where it is."""
        trail = self._trail
        if trail is None:
            self._say(problem("there is no trail to export yet"))
            return
        path = self._folder / f"{file_name('trail', trail.request_id)}.{kind}"
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


def _write(path: Path, trail: AuditTrail, kind: str) -> None:
    write_private(path, to_json_lines(trail) if kind == "jsonl" else to_csv(trail))
