"""A list of 200 orders by a script, and `tconsole doctor`, each as a whole process beside Temporal's own command."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Sequence
from statistics import median

from tests.benchmarks.bare_server import bare_server, listing
from tests.benchmarks.figures import Figure, milliseconds, times
from tests.benchmarks.place import Place, script

ROUNDS = 12
ROWS = "200"
AIM_TIMES = 1.0
DOCTOR_SECONDS = 1.0


def measure(place: Place, _: Callable[[str], None]) -> Sequence[Figure]:
    """Run all in turn."""
    with bare_server(place) as address:
        asyncio.run(listing(address))
        server = ("--address", address)
        commands = {
            "theirs": (script("temporal"), "workflow", "list", "--limit", ROWS, "-o", "json", *server),
            "ours": (script("tconsole"), "orders", "list", "--limit", ROWS, "-o", "json", *server),
            "doctor": (script("tconsole"), "doctor", *server),
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _round in range(1 + ROUNDS):
            for name, command in commands.items():
                taken[name].append(_run(place, command, fails=name == "doctor"))
    ours, theirs, doctor = (median(taken[name][1:]) for name in ("ours", "theirs", "doctor"))
    return [
        Figure(
            what=f"tconsole orders list -o json, {ROWS} rows",
            measured=milliseconds(ours),
            baseline=f"temporal workflow list: {milliseconds(theirs)}",
            against=times(ours, theirs),
            aim=f"{AIM_TIMES} x at most",
            within=ours <= AIM_TIMES * theirs,
        ),
        Figure(
            what="tconsole doctor, without workers",
            measured=milliseconds(doctor),
            aim=f"{DOCTOR_SECONDS:g} s at most",
            within=doctor <= DOCTOR_SECONDS,
        ),
    ]


def _run(place: Place, command: Sequence[str], *, fails: bool) -> float:
    started = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own commands
        command, env=place.environment(), check=not fails, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - started
