"""Memory and idle processor time of console, keeper and supervisor; the server that the keeper runs is told apart.

Beside the memory of a process that only imports their libraries, and the time of a bare table that stands still.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psutil

from tests.benchmarks.figures import Figure, times
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import ORDER
from tests.benchmarks.traffic import A_SECOND, traffic
from tests.benchmarks.watched_terminal import watched

SETTLE_SECONDS = 10.0
IDLE_SECONDS = 20.0
WORK_SECONDS = 20.0
AIM_MEGABYTES = 200.0
AIM_PERCENT = 5.0
CONSOLE_PERCENT = 2.0
"""Of the console alone."""
MEGABYTE = 1e6
ROW = re.compile(ORDER.encode())


@dataclass(frozen=True)
class Memory:
    """Memory of one process in MB: ``proportional`` (PSS) and ``resident`` (RSS)."""

    proportional: float
    resident: float

    @classmethod
    def of(cls, process: psutil.Process) -> "Memory":
        """Read it now. A system without PSS gives the unshared memory (USS) instead."""
        info = process.memory_full_info()
        return cls(getattr(info, "pss", info.uss) / MEGABYTE, info.rss / MEGABYTE)

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.proportional + other.proportional, self.resident + other.resident)

    def __str__(self) -> str:
        return f"{self.proportional:.0f} MB (RSS {self.resident:.0f})"


def measure(place: Place, say: Callable[[str], None]) -> Sequence[Figure]:
    """Measure the processes after their start, idle, and after some work."""
    bare, bare_percent = _bare_memory(), _bare_percent(place)
    with watched([script("tconsole")], place.environment()) as terminal:
        terminal.until_written(ROW)
        terminal.pass_time(SETTLE_SECONDS)
        ours, server = _processes(terminal.pid)
        before = {name: Memory.of(process) for name, process in ours.items()}
        say(f"the server besides: {Memory.of(server)}")
        percents = _percents(ours, terminal.pass_time)
        with traffic(place):
            terminal.pass_time(WORK_SECONDS)
        terminal.pass_time(SETTLE_SECONDS)
        after = {name: Memory.of(process) for name, process in ours.items()}
        busy = _percents(ours, terminal.pass_time)
        say(f"the server besides, after the work: {Memory.of(server)}")
    worked = f"after {WORK_SECONDS * A_SECOND:.0f} changes"
    return [
        _memory("memory, just started", before, bare),
        _memory(f"memory, {worked}", after, bare),
        _processor("processor, idle", percents, bare_percent),
        _processor(f"processor, idle {worked}", busy, bare_percent),
    ]


def _processes(pid: int) -> tuple[dict[str, psutil.Process], psutil.Process]:
    """Return the product's processes by their names, and Temporal's server, which the keeper runs."""
    console = psutil.Process(pid)
    children = {_command(process): process for process in console.children()}
    keeper = children["server"]
    (server,) = keeper.children()
    return {"console": console, "keeper": keeper, "supervisor": children["run"]}, server


def _command(process: psutil.Process) -> str:
    """Return which command of ``python -m workers`` it runs."""
    words = process.cmdline()
    return words[words.index("workers") + 1]


def _percents(processes: Mapping[str, psutil.Process], pass_time: Callable[[float], None]) -> dict[str, float]:
    """Return the share of one processor that each uses while idle."""
    before = {name: _processor_seconds(process) for name, process in processes.items()}
    started = time.perf_counter()
    pass_time(IDLE_SECONDS)
    passed = time.perf_counter() - started
    return {name: (_processor_seconds(process) - before[name]) / passed * 100 for name, process in processes.items()}


def _processor_seconds(process: psutil.Process) -> float:
    taken = process.cpu_times()
    return taken.user + taken.system


def _bare_memory() -> Memory:
    command = [sys.executable, "-m", "tests.benchmarks.bare_imports"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - ours
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the baseline cannot be talked to")
        process.stdout.readline()
        memory = Memory.of(psutil.Process(process.pid))
        process.stdin.close()
    return memory


def _bare_percent(place: Place) -> float:
    with watched([sys.executable, "-m", "tests.benchmarks.bare_table"], place.environment()) as terminal:
        terminal.until_written(ROW)
        terminal.pass_time(SETTLE_SECONDS)
        return _percents({"table": psutil.Process(terminal.pid)}, terminal.pass_time)["table"]


def _memory(what: str, parts: Mapping[str, Memory], bare: Memory) -> Figure:
    together = sum(parts.values(), Memory(0, 0))
    return Figure(
        what=f"{what} (PSS)",
        measured=f"{together} = " + " + ".join(f"{name} {memory}" for name, memory in parts.items()),
        baseline=f"imports only: {bare}",
        against=" + ".join(times(memory.proportional, bare.proportional) for memory in parts.values()),
        aim=f"{AIM_MEGABYTES:.0f} MB together",
        within=together.proportional <= AIM_MEGABYTES,
    )


def _processor(what: str, parts: Mapping[str, float], bare: float) -> Figure:
    together = sum(parts.values())
    return Figure(
        what=what,
        measured=f"{together:.1f} % = " + " + ".join(f"{name} {percent:.1f} %" for name, percent in parts.items()),
        baseline=f"bare DataTable: {bare:.1f} %",
        aim=f"{AIM_PERCENT:.0f} % of a core together, {CONSOLE_PERCENT:.0f} % the console",
        within=together <= AIM_PERCENT and parts["console"] <= CONSOLE_PERCENT,
    )
