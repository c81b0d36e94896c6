"""Tickets in the console: columns, details and commands."""

from datetime import datetime

from textual.content import Content

from console.commands.command import Command, CommandCall, CommandResult, Words
from console.design.text import plain
from console.design.tone import Tone
from console.gateway.rows import Row
from console.listing import cells
from console.model import Cell, Column, Stage
from console.systems.system import ConsoleSystem, DetailContext
from tests.fourth_system.client import TicketsClient
from tests.fourth_system.rules import CloseTicket, TicketView

STAGES = (Stage("OPEN", "open", "○", Tone.WAITING), Stage("CLOSED", "closed", "✔", Tone.DONE))


async def _close(call: CommandCall[TicketsClient, TicketView, CloseTicket]) -> CommandResult[TicketView]:
    after = await call.client.close(call.target.business_id, call.payload, update_id=call.call_id)
    return CommandResult(after.reason)


def pages(row: Row, _: datetime) -> Cell:
    """Return how many pages it has."""
    return Cell(f"{row.extra.get('pages', '')} p")


def details(view: TicketView, context: DetailContext) -> Content:
    """Return what it is about."""
    return Content(f"{context.stage.label}: {plain(view.ticket.title)} {plain(view.reason)}")


TICKETS = ConsoleSystem(
    name="tickets",
    title="Tickets",
    client=TicketsClient,
    view=TicketView,
    stages=STAGES,
    columns=(
        Column("ticket", 19, cells.ident, grows=True),
        Column("title", 12, cells.title, flexible=True),
        Column("pages", 5, pages, align="right"),
        Column("stage", 10, cells.stage(STAGES)),
    ),
    commands=(
        Command(
            "close",
            "c",
            "Close",
            CloseTicket,
            _close,
            ask=Words(),
            fixed=lambda target: {"by": target.operator},
            accept="Close the ticket",
        ),
    ),
    details=details,
    named=lambda view: view.ticket.title,
)
