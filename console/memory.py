"""What the screen keeps from one run to the next: theme, tab, filters and typed commands."""

import logging
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from console.listing.arrangement import Arrangement
from console.private_file import write_private

log = logging.getLogger(__name__)

NAME = "console.json"


class SavedFilter(BaseModel):
    """The filter of one tab: what was typed, and the chosen stage; and how its rows were arranged."""

    text: str = ""
    stage: str | None = None
    arrangement: Arrangement = Field(default_factory=Arrangement)


class Memory(BaseModel):
    """How the screen was left; ``filters`` are by system."""

    theme: str = ""
    tab: str = ""
    filters: dict[str, SavedFilter] = Field(default_factory=dict)
    commands: tuple[str, ...] = ()
    """What was typed on the command line, the latest last."""


class MemoryFile:
    """Keeps it in a file of the data folder; None keeps nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def read(self) -> Memory:
        """Return how the screen was left; a file that is missing or not readable is as none."""
        if self._path is None:
            return Memory()
        try:
            return Memory.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return Memory()

    def write(self, memory: Memory) -> None:
        """Keep it; a console that cannot goes on."""
        if self._path is None:
            return
        try:
            write_private(self._path, memory.model_dump_json())
        except OSError as error:
            log.warning("theme, tab and filters are not kept: %s", error)
