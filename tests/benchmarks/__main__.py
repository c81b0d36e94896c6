"""Runs the benchmarks: ``uv run python -m tests.benchmarks``, or only those that are named."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.benchmarks import (
    approvals,
    busy,
    campaigns,
    command_line,
    footprint,
    history,
    http,
    imports,
    keys,
    lists,
    memory,
    orders,
    refresh,
    signed,
    slack,
    start,
)
from tests.benchmarks.figures import Figure, as_table
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.place import Place
from tests.benchmarks.preparing import ORDERS, prepare
from workflows.runtime.exit import exit_process

WIDTH = 140
"""Width of the report when the terminal's is unknown."""


class Benchmark(StrEnum):
    """The benchmarks."""

    START = "start"
    REFRESH = "refresh"
    LISTS = "lists"
    KEYS = "keys"
    BUSY = "busy"
    HISTORY = "history"
    FOOTPRINT = "footprint"
    MEMORY = "memory"
    ORDERS = "orders"
    APPROVALS = "approvals"
    SIGNED = "signed"
    SLACK = "slack"
    CAMPAIGNS = "campaigns"
    IMPORT = "import"
    CLI = "cli"
    API = "api"


Say = Callable[[str], None]

MEASURE: Mapping[Benchmark, Callable[[Place, Say], Sequence[Figure]]] = {
    Benchmark.START: start.measure,
    Benchmark.REFRESH: refresh.measure,
    Benchmark.LISTS: lists.measure,
    Benchmark.KEYS: keys.measure,
    Benchmark.BUSY: busy.measure,
    Benchmark.HISTORY: history.measure,
    Benchmark.FOOTPRINT: footprint.measure,
    Benchmark.MEMORY: memory.measure,
    Benchmark.ORDERS: orders.measure,
    Benchmark.APPROVALS: approvals.measure,
    Benchmark.SIGNED: signed.measure,
    Benchmark.SLACK: slack.measure,
    Benchmark.CAMPAIGNS: campaigns.measure,
    Benchmark.IMPORT: imports.measure,
    Benchmark.CLI: command_line.measure,
    Benchmark.API: http.measure,
}
FROM_NOTHING = {
    Benchmark.LISTS,
    Benchmark.BUSY,
    Benchmark.MEMORY,
    Benchmark.HISTORY,
    Benchmark.ORDERS,
    Benchmark.APPROVALS,
    Benchmark.SIGNED,
    Benchmark.SLACK,
    Benchmark.CAMPAIGNS,
    Benchmark.IMPORT,
    Benchmark.API,
}
"""Benchmarks that prepare their own data."""


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    benchmarks: Annotated[list[Benchmark] | None, typer.Argument(help="what to measure; all unless named")] = None,
) -> None:
    """Measure what the console costs beside a baseline in the same run, on data of its own.

    It takes some minutes, and means little while the machine does something else.
    """
    console = Console(width=None if Console().is_terminal else WIDTH)
    machine = describe_machine()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="tconsole-benchmarks-", ignore_cleanup_errors=True) as folder:
        chosen = benchmarks or list(Benchmark)
        prepared = Place(Path(folder) / "prepared")
        if not FROM_NOTHING.issuperset(chosen):
            console.print(f"preparing {ORDERS:,} orders …", style="dim")
            prepare(prepared)
        for benchmark in chosen:
            console.print(f"measuring {benchmark} …", style="dim")
            own = Path(folder) / benchmark
            place = Place(own) if benchmark in FROM_NOTHING else prepared.copied_to(own)
            figures += MEASURE[benchmark](place, lambda line: console.print(f"  {line}", style="dim", highlight=False))
    console.print(as_table(figures))
    console.print(machine, style="dim", highlight=False)


def run() -> None:
    """Run the command, and leave by ``exit_process``."""
    try:
        app()
    except SystemExit as ended:
        exit_process(ended.code if isinstance(ended.code, int) else 1)
    exit_process(0)


if __name__ == "__main__":
    run()
