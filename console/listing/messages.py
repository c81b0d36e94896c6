"""Messages of a list. Pollers touch no widget: they post one of these."""

from textual.message import Message

from console.gateway.listing import ListSnapshot
from console.widgets.tab_bar import TabCounts


class ListRead(Message):
    """The list was read."""

    def __init__(self, snapshot: ListSnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Let a newer snapshot replace a queued one."""
        return isinstance(message, ListRead)


class ListReadFailed(Message):
    """The list could not be read."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class RowsShown(Message):
    """The list shows the rows as known now; ``counts`` are those of its tab."""

    def __init__(self, system: str, counts: TabCounts) -> None:
        super().__init__()
        self.system, self.counts = system, counts
