"""Records the histories anew: ``python -m tests.histories [SYSTEM ...]``, by default of all systems."""

import asyncio
import logging
import sys

from tests.histories.format import write
from tests.histories.systems import SYSTEMS
from workflows.runtime.exit import exit_process


async def record(names: set[str]) -> None:
    """Record the systems of these names, and delete what no story tells any more."""
    for system in SYSTEMS:
        if system.name in names:
            await system.record(write)
            for path in system.paths:
                if path.stem not in system.names:
                    path.unlink()


def main() -> int:
    """Record what the command line names, and return the exit code."""
    known = {system.name for system in SYSTEMS}
    names = set(sys.argv[1:]) or known
    if not names <= known:
        sys.stderr.write(f"usage: python -m tests.histories [{'|'.join(sorted(known))} ...]\n")
        return 2
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)  # some stories want attempts that fail
    asyncio.run(record(names))
    return 0


if __name__ == "__main__":
    exit_process(main())
