"""The line above the footer: the receipt of the last action, or a notice."""

from textual.content import Content
from textual.timer import Timer

from console.design.text import plain
from console.design.times import in_local_time
from console.design.tone import Tone
from console.notice import Receipt
from console.widgets.excerpt import Excerpt

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


class ReceiptLine(Excerpt):
    """Shows one receipt or notice, for a while; a refusal, or a missing answer, stays until the next action.

    Reminders stand behind it: they show again once it has left, whichever tab is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = Content("")
        self._number: int | None = None
        self._is_receipt = False
        self._reminders: dict[str, Content] = {}
        self._leaving: Timer | None = None

    def show(self, receipt: Receipt) -> None:
        """Show the receipt of an action."""
        self._put(receipt_content(receipt), stays=not receipt.ok)
        self._number, self._is_receipt = receipt.number, True

    def note(self, number: int | None, text: str) -> None:
        """Add to the receipt of an action what is known of it since, if it is still shown."""
        if self._said and number == self._number is not None:
            self._said = Content.assemble(self._said, (f" · {plain(text)}", Tone.MUTED.style))
            self._draw()

    def say(self, text: str) -> None:
        """Show a notice; an empty one clears the line."""
        self._put(Tone.MUTED.styled(f"· {plain(text)}") if text else Content(""))

    def remind(self, subject: str, text: str, tone: Tone = Tone.WAITING) -> None:
        """Show what must be read about a subject until it is over, which an empty text says.

        It replaces a notice at once, but shows behind the receipt of an action: nothing else tells what that did.
        """
        self._reminders.pop(subject, None)
        if text:
            self._reminders[subject] = tone.styled(f"▲ {plain(text)}")
        if text and not self._is_receipt:
            self._put(Content(""))
        else:
            self._draw()

    def _put(self, content: Content, *, stays: bool = False) -> None:
        self._number, self._is_receipt = None, False
        if self._leaving is not None:
            self._leaving.stop()
        self._leaving = None if stays or not content else self.set_timer(READ_SECONDS, lambda: self.say(""))
        self._said = content
        self._draw()

    def _draw(self) -> None:
        latest = next(reversed(self._reminders.values()), Content(""))
        self.update(self._said or latest)
