"""Messages about the workflow in focus. Readers touch no widget: they post one of these."""

from collections.abc import Sequence
from typing import Any

from textual.message import Message

from console.gateway.history import HistoryLine
from console.gateway.rows import RowKey
from workflows.shared.snapshot import Snapshot


class SnapshotRead(Message):
    """A workflow answered."""

    def __init__(self, key: RowKey, snapshot: Snapshot[Any]) -> None:
        super().__init__()
        self.key, self.snapshot = key, snapshot


class SnapshotFailed(Message):
    """A workflow did not answer."""

    def __init__(self, key: RowKey, reason: str) -> None:
        super().__init__()
        self.key, self.reason = key, reason


class EndingRead(Message):
    """The server said why a run was broken; ``words`` are the run's own, empty if there are none."""

    def __init__(self, key: RowKey, words: str) -> None:
        super().__init__()
        self.key, self.words = key, words


class HistoryRead(Message):
    """A page of a run's history; ``anew`` for the first one."""

    def __init__(self, key: RowKey, lines: Sequence[HistoryLine], *, anew: bool) -> None:
        super().__init__()
        self.key, self.lines, self.anew = key, lines, anew
