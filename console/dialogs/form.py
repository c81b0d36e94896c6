"""A dialog that fills in a model."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import DescendantFocus
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Select

from console.commands.basis import ChangedError
from console.design.times import in_local_time
from console.dialogs.base import Dialog, Question, refusal_words
from console.forms.form import ModelForm
from console.forms.layout import FormLayout
from console.forms.titles import in_titles
from workflows.shared.errors import AlreadyExistsError, CallError

ModelT = TypeVar("ModelT", bound=BaseModel)

MIN_FORM_HEIGHT = 4

PREVIEW_PAUSE = 0.4
"""Seconds without typing after which the workflow is asked what the changed answer would do."""

LIST_KEYS = "enter opens the list · ctrl+s accept · esc leave"

OPEN_LIST_KEYS = "enter chooses · letters search · esc closes the list"


class FormDialog(Dialog[ModelT], Generic[ModelT]):
    """Asks for a ``model``, starting from ``initial``: a model, or some of its values."""

    AUTO_FOCUS = ""
    KEYS = "enter next field · ctrl+s accept · esc leave"
    DEFAULT_CSS = """
    FormDialog {
        & > #dialog { max-width: 100; padding: 1 1 0 1; }
        & #answer, & #buttons { margin: 1 1 0 1; }
        & .dialog--target { margin: 0 1 1 1; }
        & .dialog--effect-frame { margin: 0 1 1 1; max-height: 20vh; }
    }
    """

    def __init__(
        self,
        question: Question,
        model: type[ModelT],
        initial: object = None,
        layout: FormLayout | None = None,
        preview: Callable[[ModelT], Awaitable[str]] | None = None,
        look_up: Callable[[], Awaitable[Mapping[str, Sequence[str]]]] | None = None,
    ) -> None:
        super().__init__(question)
        self._form = ModelForm(model, initial, layout)
        self._preview = preview
        self._look_up = look_up
        self._ident = layout.ident if layout else ""
        self._model = model
        self._pause: Timer | None = None

    def on_mount(self) -> None:
        """Ask what fields may propose; nobody waits for it."""
        if self._look_up is not None:
            self.run_worker(self._propose(self._look_up), group="proposals", exit_on_error=False)

    async def _propose(self, look_up: Callable[[], Awaitable[Mapping[str, Sequence[str]]]]) -> None:
        with suppress(CallError):
            self._form.propose(await look_up())

    def body(self) -> ComposeResult:
        """Show the form."""
        yield self._form

    @property
    def typed(self) -> object:
        """The contents of the fields, None if they are those of the start."""
        return self._form.contents if self._form.changed else None

    def flexible(self) -> tuple[Widget, int]:
        """Let the form scroll."""
        return self._form, MIN_FORM_HEIGHT

    def refused(self, refusal: CallError | ValidationError) -> None:
        """Show a refusal beside the field that it names."""
        if isinstance(refusal, AlreadyExistsError) and self._ident:
            self._form.show_at({(self._ident,): str(refusal)})
        else:
            self._form.show_refusal(in_local_time(refusal_words(refusal)))
        if self._preview is not None:
            self._start_preview()  # the refusal may come of a change that the effect does not show yet

    def ask_again(self, changed: ChangedError) -> None:
        """Show what the answer would do now, if that is known of an answer."""
        super().ask_again(changed)
        if self._preview is not None:
            self._start_preview()

    def named(self, words: str) -> str:
        """Name fields by their titles."""
        return in_titles(words, self._model)

    def decision(self) -> ModelT | None:
        """Return the model; None, with the errors beside their fields, if there are any."""
        model = self._form.submit()
        if model is None:
            self.say("▲ not sent yet: see the marked fields", "-refused")
        else:
            self.say("")
        return model

    @on(ModelForm.Edited)
    def _edited(self) -> None:
        """Let the effect follow what is typed."""
        if self._pause is not None:
            self._pause.stop()
        if self._preview is not None:
            self._pause = self.set_timer(PREVIEW_PAUSE, self._start_preview)
        else:
            self.show_effect(self._question.effect)

    def _start_preview(self) -> None:
        if self.waiting:
            return  # what it does comes with the answer
        self.run_worker(self._show_preview(), group="preview", exclusive=True, exit_on_error=False)

    async def _show_preview(self) -> None:
        if not self._form.changed:
            self.show_effect(self._question.effect)
            return
        model = self._form.peek()
        if model is None or self._preview is None:
            self.show_effect("what it does shows when the fields are complete")
            return
        try:
            self.show_effect(await self._preview(model))
        except CallError as refusal:
            self.show_effect(f"▲ {self.named(str(refusal))}")

    @on(DescendantFocus)
    def _name_keys(self, event: DescendantFocus) -> None:
        """Say what the keys do in the control that has the focus."""
        keys = self.KEYS
        if isinstance(event.widget, Select):
            keys = LIST_KEYS
        elif isinstance(event.widget.parent, Select):
            keys = OPEN_LIST_KEYS
        self.query_one("#dialog").border_subtitle = Content(keys)

    @on(ModelForm.Submitted)
    def _submitted(self) -> None:
        self.action_accept()
