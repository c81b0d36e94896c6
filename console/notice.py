"""What the line above the footer says: the receipt of an action, or one line such as why a key did nothing."""

from dataclasses import dataclass

from textual.message import Message

from workflows.shared.errors import CallError


@dataclass(frozen=True)
class Receipt:
    """The answer to one action of the operator.

    ``ok`` is true when it was accepted, false when it was refused and nothing changed, and None when no answer came:
    then it may still have taken effect.
    """

    ok: bool | None
    action: str
    target: str
    text: str
    seconds: float
    number: int | None = None
    """Of its entry in the journal."""
    error: CallError | None = None
    """What a call raised that was refused, or got no answer."""


class Notice(Message):
    """Shows ``content`` in that line; an empty text clears it. ``refused`` when it says why a key did nothing."""

    def __init__(self, content: Receipt | str, *, refused: bool = False) -> None:
        super().__init__()
        self.content, self.refused = content, refused


class ReceiptNote(Message):
    """Adds ``text`` to the receipt with the journal's ``number``, if that is still shown."""

    def __init__(self, number: int | None, text: str) -> None:
        super().__init__()
        self.number, self.text = number, text
