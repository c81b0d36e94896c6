"""The line above the footer: what became of the last action."""

from textual.content import Content
from textual.widgets import Static

from console.receipt import Receipt
from console.text import plain
from console.tone import Tone

MARKS = {
    True: ("✔", Tone.DONE, "accepted, "),
    False: ("✖", Tone.HUMAN, "refused: "),
    None: ("▲", Tone.WAITING, "no answer; "),
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
    """Shows the last receipt, or why a key did nothing, until something newer is said."""

    def show(self, receipt: Receipt) -> None:
        """Show what became of an action."""
        self.update(receipt_content(receipt))

    def say(self, text: str, tone: Tone = Tone.MUTED, mark: str = "·") -> None:
        """Say something that is not the answer to an action."""
        self.update(Content.assemble((f"{mark} ", tone.style), (plain(text), tone.style)))

    def clear(self) -> None:
        """Say nothing."""
        self.update("")
