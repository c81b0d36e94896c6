"""What a supervisor is told on its command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RunOptions:
    """How a supervisor runs. ``report``: for the console that started it, instead of readable lines for people."""

    report: bool
    demo: bool


def parse(arguments: Sequence[str]) -> RunOptions:
    """Read the command line; what does not fit ends the process with code 2 and a line that says so."""
    parser = argparse.ArgumentParser(
        prog="python -m workers run",
        description="Run the three workers until told to stop. SIGTERM and Ctrl-C let what is under way finish.",
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="write JSON reports to standard output, log to a file, and end with standard input",
    )
    parser.add_argument(
        "--demo", action="store_true", help="fill in sample data, and let people outside order, ask and decide"
    )
    given = parser.parse_args(arguments)
    return RunOptions(report=given.report, demo=given.demo)
