"""A question that is answered with words."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, TextArea

from console.dialogs.base import Dialog, Question


class ReasonDialog(Dialog[str]):
    """Asks for a reason or a comment; without ``required`` it may stay empty."""

    AUTO_FOCUS = "TextArea"
    DEFAULT_CSS = """
    ReasonDialog {
        .dialog--label { margin: 1 0 0 0; color: $text-muted; }
        .dialog--words { height: auto; }
        TextArea {
            height: auto; min-height: 3; max-height: 8; padding: 0 1; background: $field;
            &:focus { background: $field-focus; }
        }
    }
    """

    def __init__(self, question: Question, label: str = "Reason", *, required: bool = True) -> None:
        super().__init__(question)
        self._required = required
        self._label = label
        self._words = TextArea(compact=True, highlight_cursor_line=False)

    def body(self) -> ComposeResult:
        """Ask for a text."""
        mark = Content.styled(" *", "$text-accent") if self._required else Content(", if you like")
        with Vertical(classes="dialog--words"):
            yield Label(Content(self._label) + mark, classes="dialog--label")
            yield self._words

    @property
    def typed(self) -> object:
        """The text, None if there is none."""
        return self._words.text.strip() or None

    def decision(self) -> str | None:
        """Return the text."""
        words = self._words.text.strip()
        if not words and self._required:
            self.say(f"▲ {self._label.lower()}: needed", "-refused")
            self._words.focus()
            return None
        return words

    @on(TextArea.Changed)
    def _typed(self) -> None:
        if self._words.text.strip():
            self.say("")
