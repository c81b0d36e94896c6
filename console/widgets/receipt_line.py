"""The line above the footer: the receipt of the last action, or a notice."""

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from console.design.text import plain
from console.design.times import in_local_time
from console.design.tone import Tone
from console.notice import Receipt

READ_SECONDS = 30.0
"""How long the receipt of an accepted action stays."""

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
        (f"{verdict}{in_local_time(plain(receipt.text))}", Tone.PLAIN.style),
        (f" · {receipt.seconds:.2f} s", Tone.MUTED.style),
    )


class ReceiptLine(Static):
    """Shows one receipt or notice, for a while; a refusal, or a missing answer, stays until the next action."""

    def __init__(self) -> None:
        super().__init__()
        self._leaving: Timer | None = None

    def show(self, receipt: Receipt) -> None:
        """Show the receipt of an action."""
        self._put(receipt_content(receipt), stays=not receipt.ok)

    def say(self, text: str, tone: Tone = Tone.MUTED, mark: str = "·") -> None:
        """Show a notice; an empty one clears the line."""
        self._put(Content.assemble((f"{mark} ", tone.style), (plain(text), tone.style)) if text else Content(""))

    def warn(self, text: str) -> None:
        """Show what must be read, until the next action; an empty text clears the line."""
        self._put(Tone.HUMAN.styled(f"▲ {plain(text)}") if text else Content(""), stays=True)

    def _put(self, content: Content, *, stays: bool = False) -> None:
        if self._leaving is not None:
            self._leaving.stop()
        self._leaving = None if stays or not content else self.set_timer(READ_SECONDS, lambda: self.say(""))
        self.update(content)
