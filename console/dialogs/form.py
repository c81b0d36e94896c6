"""A dialog that fills in a model."""

from typing import Generic, TypeVar

from pydantic import BaseModel
from textual import on
from textual.app import ComposeResult
from textual.events import Resize

from console.dialogs.base import Dialog, Question
from console.forms.form import ModelForm
from console.forms.layout import FormLayout

ModelT = TypeVar("ModelT", bound=BaseModel)

FRAME = 4
"""Lines of border, padding and gap around the dialog."""

MIN_FORM_HEIGHT = 4


class FormDialog(Dialog[ModelT], Generic[ModelT]):
    """Asks for a ``model``, starting from ``initial``: a model, or some of its values."""

    AUTO_FOCUS = ""
    KEYS = "enter next field · ctrl+s accept · esc leave"
    DEFAULT_CSS = """
    FormDialog {
        & > #dialog { max-width: 100; max-height: 100%; padding: 1 1 0 1; }
        & #answer, & #buttons { margin: 1 1 0 1; }
        & .dialog--target { margin: 0 1 1 1; }
        & .dialog--effect { margin: 0 1 1 1; }
    }
    """

    def __init__(
        self, question: Question, model: type[ModelT], initial: object = None, layout: FormLayout | None = None
    ) -> None:
        super().__init__(question)
        self._form = ModelForm(model, initial, layout)
        self._warned_about: list[object] | None = None

    def say(self, text: str, kind: str = "") -> None:
        """Show ``text``, and make room for it."""
        super().say(text, kind)
        self.call_after_refresh(self._fit)

    def body(self) -> ComposeResult:
        """Show the form."""
        yield self._form

    def action_leave(self) -> None:
        """Ask once before something typed is lost."""
        contents = self._form.contents
        if self._waiting or not self._form.changed or contents == self._warned_about:
            super().action_leave()
        else:
            self._warned_about = contents
            self.say("▲ esc again leaves, and what you typed is lost", "-refused")

    def decision(self) -> ModelT | None:
        """Return the model; None, with the errors beside their fields, if there are any."""
        model = self._form.submit()
        if model is None:
            self.say("▲ not sent yet: see the marked fields", "-refused")
        else:
            self.say("")
        return model

    @on(Resize)
    def _fit(self) -> None:
        """Limit the form to the height that the other parts leave, so that they stay visible."""
        frame = self.query_one("#dialog")
        others = [child for child in frame.children if child is not self._form and child.display]
        taken = sum(child.outer_size.height + child.styles.margin.height for child in others)
        self._form.styles.max_height = max(self.size.height - taken - FRAME, MIN_FORM_HEIGHT)

    @on(ModelForm.Submitted)
    def _submitted(self) -> None:
        self.action_accept()
