"""The identity rules of this process: whether messages must be signed, and by whom.

Only what no replay repeats may ask: the workers' guard, update validators and queries.
"""

import logging
import time
from pathlib import Path

from workflows.shared.identity.mode import Mode
from workflows.shared.identity.operators import Operators, OperatorsError, read_operators

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the file is looked at, at most."""


class CurrentIdentity:
    """The rules of this process, and the operators as their file has them now."""

    def __init__(self) -> None:
        self._mode: Mode = "open"
        self._file: Path | None = None
        self._operators = Operators()
        self._seen: tuple[int, int] = (0, 0)
        self._looked_at = 0.0

    @property
    def is_signed(self) -> bool:
        """Whether messages must be signed."""
        return self._mode == "signed"

    @property
    def operators(self) -> Operators:
        """The operators. A file that has become wrong changes nothing until it is right again."""
        if self._file is not None and time.monotonic() - self._looked_at > LOOK_SECONDS:
            self._look(self._file)
        return self._operators

    def use(self, mode: Mode, file: Path | None) -> None:
        """Take over the settings. Raises `OperatorsError` when messages must be signed, and the file is wrong."""
        operators = read_operators(file) if mode == "signed" and file is not None else Operators()
        self.use_operators(mode, operators)
        self._file = file if mode == "signed" else None

    def use_operators(self, mode: Mode, operators: Operators) -> None:
        """Take over operators that no file has, until others are used."""
        self._mode, self._operators, self._file = mode, operators, None
        self._seen, self._looked_at = (0, 0), 0.0

    def _look(self, file: Path) -> None:
        self._looked_at = time.monotonic()
        try:
            status = file.stat()
            seen = status.st_mtime_ns, status.st_size
            if seen == self._seen:
                return
            self._seen = seen
            self._operators = read_operators(file)
        except (OSError, OperatorsError) as error:
            log.error("the operators file is not usable, the operators stay as they were: %s", error)  # noqa: TRY400


IDENTITY = CurrentIdentity()
"""Those of this process."""
