"""Measured figures beside their baselines and aims, and the table of all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``against`` compares the two; ``within`` is None if there is no aim."""

    what: str
    measured: str
    baseline: str = ""
    against: str = ""
    aim: str = ""
    within: bool | None = None


def as_table(figures: Iterable[Figure]) -> Table:
    """Return the figures as a table for people."""
    table = Table("figure", "tconsole", "baseline", "ratio", "aim", "", header_style="bold")
    for figure in figures:
        sign = "" if figure.within is None else "✔ within" if figure.within else "✖ beyond"
        table.add_row(figure.what, figure.measured, figure.baseline, figure.against, figure.aim, sign)
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


def times(measured: float, baseline: float) -> str:
    """Return the ratio to the baseline."""
    return f"{measured / baseline:.2f} x"
