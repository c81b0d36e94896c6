"""One measured figure beside its floor and its aim, and the table of them all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``against`` sets the figure against the floor; ``within`` is None where no aim stands."""

    what: str
    measured: str
    floor: str = ""
    against: str = ""
    aim: str = ""
    within: bool | None = None


def as_table(figures: Iterable[Figure]) -> Table:
    """Return the figures as a table for people."""
    table = Table("figure", "tconsole", "bare floor", "against the floor", "aim", "", header_style="bold")
    for figure in figures:
        sign = "" if figure.within is None else "✔ within" if figure.within else "✖ beyond"
        table.add_row(figure.what, figure.measured, figure.floor, figure.against, figure.aim, sign)
    return table


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that ``percent`` of the values do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def seconds(values: Sequence[float]) -> str:
    """Return the median and the spread of times in seconds."""
    return f"{median(values):.2f} s ({min(values):.2f}-{max(values):.2f})"


def milliseconds(value: float) -> str:
    """Return a time given in seconds."""
    return f"{value * 1000:.1f} ms"


def times(measured: float, floor: float) -> str:
    """Return how many times the floor it is."""
    return f"{measured / floor:.2f} x"
