"""The line above the footer: what became of the last action."""

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from console.design.text import plain
from console.design.tone import Tone
from console.receipt import Receipt

READ_SECONDS = 30.0
"""How long a good answer stands."""

MARKS = {
    True: ("✔", Tone.DONE, "accepted, "),
    False: ("✖", Tone.HUMAN, "refused: "),
    None: ("▲", Tone.WAITING, "no answer: "),
}


def receipt_content(receipt: Receipt) -> Content:
    """Return the receipt as one line."""
    mark, tone, verdict = MARKS[receipt.ok]
    return Content.assemble(
        (f"{mark} {plain(receipt.action)} {plain(receipt.target)}: ", f"bold {tone.style}"),
        (f"{verdict}{plain(receipt.text)}", Tone.PLAIN.style),
        (f" · {receipt.seconds:.2f} s", Tone.MUTED.style),
    )


class ReceiptLine(Static):
    """Shows the last receipt, or why a key did nothing.

    It goes with the next action, or after a while; what was refused or may have happened waits for the next action.
    """

    def __init__(self) -> None:
        super().__init__()
        self._leaving: Timer | None = None

    def show(self, receipt: Receipt) -> None:
        """Show what became of an action."""
        self._put(receipt_content(receipt), stays=not receipt.ok)

    def say(self, text: str, tone: Tone = Tone.MUTED, mark: str = "·") -> None:
        """Say something that is not the answer to an action; an empty text clears the line."""
        self._put(Content.assemble((f"{mark} ", tone.style), (plain(text), tone.style)) if text else Content(""))

    def clear(self) -> None:
        """Say nothing."""
        self._put(Content(""))

    def _put(self, content: Content, *, stays: bool = False) -> None:
        if self._leaving is not None:
            self._leaving.stop()
        self._leaving = None if stays or not content else self.set_timer(READ_SECONDS, self.clear)
        self.update(content)
