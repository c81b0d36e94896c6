"""What can be read on the console's screen."""

from textual.pilot import Pilot

from console.app import ConsoleApp
from console.listing.row_table import RowTable
from console.listing.stage_line import StageChip
from console.widgets.key_footer import KeyLabel
from console.widgets.status_bar import StatusBar


def table_text(pilot: Pilot[None]) -> str:
    """Return the visible part of the list, header included."""
    table = _app(pilot).active.query_one(RowTable)
    return "\n".join(table.render_line(y).text for y in range(table.size.height))


def footer(pilot: Pilot[None]) -> dict[str, bool]:
    """Return the words of the footer in their order, and whether each is legal."""
    labels = _app(pilot).screen_stack[0].query(KeyLabel)
    return {str(label.render()).split(maxsplit=1)[1].strip(): not label.has_class("-dimmed") for label in labels}


def chips(pilot: Pilot[None]) -> list[str]:
    """Return the stages with their counts, as far as they show."""
    return [str(chip.render()) for chip in _app(pilot).active.query(StageChip) if chip.display]


def status(pilot: Pilot[None]) -> str:
    """Return the line at the top."""
    return str(_app(pilot).screen_stack[0].query_one(StatusBar).render())


def _app(pilot: Pilot[None]) -> ConsoleApp:
    assert isinstance(pilot.app, ConsoleApp)
    return pilot.app
