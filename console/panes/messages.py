"""What the pollers tell their pane. Workers touch no widget: they post one of these."""

from typing import Generic, TypeVar

from textual.message import Message

from console.gateway.history import HistoryLine
from console.gateway.listing import ListSnapshot
from console.gateway.rows import RowKey
from console.receipt import Receipt
from console.widgets.tab_bar import TabCounts
from workflows.shared.actions import Action

ViewT = TypeVar("ViewT")


class ListRead(Message):
    """The list was read again."""

    def __init__(self, snapshot: ListSnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Let a newer snapshot replace one that waits."""
        return isinstance(message, ListRead)


class DetailRead(Message, Generic[ViewT]):
    """The focused workflow answered."""

    def __init__(self, key: RowKey, view: ViewT, actions: list[Action]) -> None:
        super().__init__()
        self.key, self.view, self.actions = key, view, actions


class DetailFailed(Message):
    """The focused workflow did not answer."""

    def __init__(self, key: RowKey, reason: str) -> None:
        super().__init__()
        self.key, self.reason = key, reason


class EndingRead(Message):
    """The server said why the focused run ended as no rule foresaw; ``words`` are the run's own, empty for none."""

    def __init__(self, key: RowKey, words: str) -> None:
        super().__init__()
        self.key, self.words = key, words


class HistoryRead(Message):
    """Something happened in the focused workflow; ``anew`` when this is its history from the beginning."""

    def __init__(self, key: RowKey, lines: list[HistoryLine], *, anew: bool) -> None:
        super().__init__()
        self.key, self.lines, self.anew = key, lines, anew


class ListTrouble(Message):
    """The list could not be read."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class Said(Message):
    """Something for the line above the footer: a receipt, or why a key did nothing; an empty text clears it."""

    def __init__(self, said: Receipt | str) -> None:
        super().__init__()
        self.said = said


class Counted(Message):
    """A tab's counts are known."""

    def __init__(self, pane: str, counts: TabCounts) -> None:
        super().__init__()
        self.pane, self.counts = pane, counts
