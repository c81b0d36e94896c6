"""The campaigns tab: how far each campaign is, and the keys that hold it back or stop it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Literal
from uuid import uuid4

from textual.binding import Binding, BindingType
from textual.content import Content

from console.design.tone import Tone
from console.dialogs.confirm import ConfirmDialog
from console.dialogs.form import FormDialog
from console.forms import FormLayout
from console.gateway.query import System
from console.gateway.rows import Row
from console.model import Cell, Column, PaneAction, Stage
from console.panes import cells
from console.panes.base import Handler, SystemPane, key_bindings
from console.panes.messages import Said
from console.panes.target import Target
from console.systems.campaigns.details import campaign_details
from console.systems.campaigns.users import UsersScreen
from workflows.campaigns.client import (
    CAMPAIGN_ID_PREFIX,
    CAMPAIGN_WORKFLOW_TYPE,
    TASK_QUEUE,
    CampaignsClient,
    new_campaign_id,
)
from workflows.campaigns.models import CampaignControl, CampaignProgress, CampaignRequest, CampaignStatus

STAGES: tuple[Stage, ...] = (
    Stage(CampaignStatus.SCHEDULED, "scheduled", "○", Tone.WAITING),
    Stage(CampaignStatus.RUNNING, "running", "◐", Tone.MOVING),
    Stage(CampaignStatus.PAUSED, "paused", "‖", Tone.WAITING),
    Stage(CampaignStatus.DONE, "done", "✔", Tone.DONE),
    Stage(CampaignStatus.CANCELLED, "cancelled", "✖", Tone.STOPPED),
)

ACTIONS = (
    PaneAction("n", "new", "New", names_target=False),
    PaneAction("z", "pause", "Pause"),
    PaneAction("z", "resume", "Resume"),
    PaneAction("c", "cancel", "Cancel"),
)

NEW_CAMPAIGN = FormLayout(
    more=frozenset({"tags", "transactional", "max_sends_per_second", "when_capped", "expires_at"})
)

BAR_CELLS = 8

Control = Callable[[CampaignControl], Awaitable[CampaignProgress]]


def channel(row: Row, _: datetime) -> Cell:
    """Return the channel, by which it is sent."""
    return Cell(str(row.extra.get("channel", "")))


def progress(row: Row, _: datetime) -> Cell:
    """Return how far the campaign is, as a bar and a number."""
    percent = row.extra.get("percent")
    if not isinstance(percent, int):
        return Cell("")
    drawn = round(percent / 100 * BAR_CELLS)
    return Cell(f"{'━' * drawn}{'─' * (BAR_CELLS - drawn)} {percent:>3} %", Tone.MUTED)


class CampaignsPane(SystemPane[CampaignProgress]):
    """Campaigns: scheduled, running, paused, done, cancelled."""

    system = System("campaigns", CAMPAIGN_WORKFLOW_TYPE, CAMPAIGN_ID_PREFIX, TASK_QUEUE)
    title = "Campaigns"
    noun = "campaign"
    needs = "It needs users: tconsole users import FILE.csv, or tconsole store sample"
    stages = STAGES
    actions = ACTIONS
    columns = (
        Column("campaign", "campaign", 19, cells.ident, ident=True),
        Column("name", "name", 14, cells.title, flexible=True),
        Column("channel", "channel", 7, channel, drop_order=1),
        Column("progress", "progress", BAR_CELLS + 6, progress),
        Column("stage", "stage", 11, cells.stage(STAGES)),
        Column("ends", "ends", 9, cells.due_in, align="right", live=True, drop_order=2),
        Column("in", "in", 4, cells.in_stage, align="right", live=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *key_bindings(ACTIONS),
        Binding("u", "users", "Users", id="users", tooltip="its users, what became of them, and their caps"),
    ]

    def client(self) -> CampaignsClient:
        """Return the campaigns' client."""
        return self.gateway.domain(CampaignsClient)

    async def read(self, row: Row) -> CampaignProgress:
        """Ask the campaign how far it is."""
        return await self.client().get_progress(row.business_id)

    def describe(self, row: Row, view: CampaignProgress, width: int, now: datetime) -> Content:  # noqa: ARG002
        """Return the campaign's details."""
        return campaign_details(view, self.stage_named(view.status), width=width, now=now)

    def handlers(self) -> Mapping[str, Handler[CampaignProgress]]:
        """Return what holds back, goes on and stops."""
        return {"pause": self._pause, "resume": self._resume, "cancel": self._cancel}

    async def create(self) -> None:
        """Ask for a new campaign and start it."""

        async def start(request: CampaignRequest) -> None:
            async def call() -> str:
                self.select_when_listed(await self.client().start(request))
                return f"{request.name} by {request.channel}"

            workflow_id = f"{CAMPAIGN_ID_PREFIX}{request.campaign_id}"
            await self.send("new campaign", request.campaign_id, call(), workflow_id=workflow_id)

        initial = {"campaign_id": new_campaign_id(datetime.now(UTC))}
        dialog = FormDialog(
            CampaignRequest, "New campaign", initial, "Start campaign", layout=NEW_CAMPAIGN, submit=start
        )
        await self.app.push_screen_wait(dialog)

    def action_users(self) -> None:
        """Show the campaign's users and what became of them."""
        row = self.focused_row
        if row is None:
            self.post_message(Said(f"users: there is no {self.noun} to look into"))
            return
        self.app.push_screen(UsersScreen(self.gateway, self.settings, row.business_id, row.title))

    async def _pause(self, target: Target[CampaignProgress]) -> None:
        await self._control("pause", target)

    async def _resume(self, target: Target[CampaignProgress]) -> None:
        await self._control("resume", target)

    async def _cancel(self, target: Target[CampaignProgress]) -> None:
        key = _key()

        async def submit(_: Literal[True]) -> None:
            await self._control("cancel", target, key)

        dialog = ConfirmDialog(
            "Cancel campaign",
            f"{target.business_id} · {target.view.request.name}",
            target.effect,
            accept="Cancel the campaign",
            submit=submit,
        )
        await self.app.push_screen_wait(dialog)

    async def _control(
        self, name: Literal["pause", "resume", "cancel"], target: Target[CampaignProgress], key: str | None = None
    ) -> None:
        client = self.client()
        controls = {"pause": client.pause, "resume": client.resume, "cancel": client.cancel}

        async def call() -> str:
            control = CampaignControl(by=self.gateway.operator)
            after = await controls[name](target.business_id, control, update_id=key or _key())
            self.show_answer(target.row, after, after.actions)
            return f"{after.status.lower()}, {after.sent:,} sent, {after.pending + after.deferred:,} pending"

        await self.send(name, target.business_id, call(), workflow_id=target.row.key.workflow_id)


def _key() -> str:
    return f"console-{uuid4().hex}"
