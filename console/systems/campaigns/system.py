"""The campaigns tab."""

from datetime import datetime

from console.design.tone import Tone
from console.gateway.rows import Row
from console.listing import cells
from console.model import Cell, Column, Stage
from console.systems.campaigns.actors import USER_ACTORS
from console.systems.campaigns.commands import COMMANDS
from console.systems.campaigns.details import campaign_details
from console.systems.campaigns.operations import CAMPAIGN
from console.systems.campaigns.plots import PlotsScreen
from console.systems.campaigns.users import UsersScreen
from console.systems.campaigns.why import WHY
from console.systems.system import ConsoleSystem, RowScreen
from workflows.campaigns.client import CampaignsClient
from workflows.campaigns.models import CampaignProgress, CampaignStatus

STAGES: tuple[Stage, ...] = (
    Stage(CampaignStatus.SCHEDULED, "scheduled", "○", Tone.WAITING),
    Stage(CampaignStatus.RUNNING, "running", "◐", Tone.MOVING),
    Stage(CampaignStatus.PAUSED, "paused", "‖", Tone.WAITING),
    Stage(CampaignStatus.DONE, "done", "✔", Tone.DONE),
    Stage(CampaignStatus.CANCELLED, "cancelled", "✖", Tone.STOPPED),
)

BAR_CELLS = 8


def channel(row: Row, _: datetime) -> Cell:
    """Return the channel of its messages."""
    return Cell(str(row.extra.get("channel", "")))


def progress(row: Row, _: datetime) -> Cell:
    """Return how far the campaign is, as a bar and a number; once it has ended, how many sends failed."""
    failed = row.extra.get("failed")
    if isinstance(failed, int) and failed:
        return Cell(f"▲ {failed:,} failed", Tone.HUMAN)
    percent = row.extra.get("percent")
    if not isinstance(percent, int):
        return Cell("")
    drawn = round(percent / 100 * BAR_CELLS)
    return Cell(f"{percent} % {'━' * drawn}{'─' * (BAR_CELLS - drawn)}", Tone.MUTED)


def named(view: CampaignProgress) -> str:
    """Return which campaign it is, in full."""
    return f"{view.request.campaign_id} · {view.request.name}"


CAMPAIGNS = ConsoleSystem(
    name="campaigns",
    title="Campaigns",
    client=CampaignsClient,
    view=CampaignProgress,
    stages=STAGES,
    columns=(
        Column("campaign", 19, cells.ident, grows=True),
        Column("name", 14, cells.title, flexible=True),
        Column("channel", 7, channel, drop_order=1),
        Column("progress", BAR_CELLS + 6, progress, align="right"),
        Column("stage", 11, cells.stage(STAGES)),
        Column("ends", 10, cells.due_in, align="right", live=True, drop_order=2),
        Column("in", 5, cells.in_stage, align="right", live=True),
    ),
    commands=COMMANDS,
    details=campaign_details,
    named=named,
    needs="It needs users: uv run tconsole users import FILE.csv, or uv run tconsole store sample",
    screens=(
        RowScreen("u", "users", "Users", "its users, their outcomes, and their caps", UsersScreen),
        RowScreen("g", "plots", "Plots", "its sends over time, and how full its users' caps are", PlotsScreen),
    ),
    why=WHY,
    beside=(USER_ACTORS,),
    timeline=lambda campaign: campaign.timeline,
    operations=CAMPAIGN,
)
