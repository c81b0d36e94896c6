"""The frame of every dialog: target, effect, one question, and the answer to what was sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static
from textual.worker import Worker, WorkerState

from console.commands.basis import ChangedError
from console.design.text import plain, plain_lines
from console.design.times import in_local_time
from console.forms.validation_errors import error_text
from console.widgets.excerpt import Excerpt
from workflows.shared.errors import CallError

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Question:
    """What a dialog says about its target, and who takes the decision."""

    title: str
    target: str = ""
    effect: str = ""
    accept: str = ""
    """Word of the button, if it is not the title."""
    danger: bool = False
    submit: Callable[[Any], Awaitable[object]] | None = None
    """Sends the decision. Raises ``CallError`` with the workflow's own words if it is refused."""


class Dialog(ModalScreen[ResultT | None], Generic[ResultT]):
    """A question about what its target was when the dialog opened.

    Once the decision has been sent the dialog stays until the answer arrives, shows a refusal and keeps what was typed.
    Where the target has changed meanwhile it shows how, keeps what was typed as well, and asks again.
    The result is the decision, or None if the dialog was left and nothing was sent.
    """

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > #dialog {
            width: 92%; max-width: 84; height: auto; max-height: 100%; padding: 1 2;
            background: $surface; border: round $accent;
            border-title-color: $text-accent; border-title-style: bold; border-subtitle-color: $text-muted;
        }
        &.-danger > #dialog { border: round $error; border-title-color: $text-error; }
        .dialog--target { text-style: bold; width: 1fr; height: auto; max-height: 25vh; }
        .dialog--effect-frame {
            height: auto; max-height: 30vh; width: 1fr; margin: 1 0 0 0; color: $text-muted; display: none;
        }
        .dialog--effect-frame.-shown { display: block; }
        &.-danger .dialog--effect-frame { color: $text; }
        #answer { display: none; width: 1fr; max-height: 5; margin: 1 0 0 0; }
        #answer.-refused { display: block; color: $text-error; }
        #answer.-changed { display: block; max-height: 9; color: $text-warning; }
        #answer.-waiting { display: block; color: $text-warning; }
        #buttons { height: 1; margin: 1 0 0 0; align-horizontal: right; }
        #buttons > Button { margin: 0 0 0 2; min-width: 12; }
        #buttons > Button:focus { text-style: bold reverse; }
    }
    """
    LEAVE: ClassVar = "Leave"
    """Label of the safe button."""
    KEYS: ClassVar = "ctrl+s accept · esc leave"
    """The text on the lower edge."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("ctrl+s", "accept", "Accept", show=False, priority=True),
        Binding("left", "app.focus_previous", "Previous button", show=False),
        Binding("right", "app.focus_next", "Next button", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__(classes="-danger" if question.danger else None)
        self._question = question
        self._waiting = False
        self._warned_about: object = None
        self._target = Excerpt(Content(plain(question.target)), classes="dialog--target")
        self._effect = Static(classes="dialog--effect")
        self._effect_words = ""
        self._effect_frame = VerticalScroll(self._effect, classes="dialog--effect-frame", can_focus=False)

    def compose(self) -> ComposeResult:
        """Lay out the frame around the body."""
        question, title = self._question, plain(self._question.title)
        with Vertical(id="dialog") as frame:
            if question.target:
                yield self._target
            yield self._effect_frame
            yield from self.body()
            yield Excerpt(id="answer")
            with Horizontal(id="buttons"):
                yield Button(self.LEAVE, id="leave", compact=True, action="screen.leave")
                accept = Button(Content(question.accept or title), id="accept", compact=True, action="screen.accept")
                accept.variant = "error" if question.danger else "primary"
                yield accept
        frame.border_title = Content(title)
        frame.border_subtitle = Content(self.KEYS)
        self.show_effect(question.effect)

    def show_effect(self, text: str) -> None:
        """Show what the action would do."""
        words = in_local_time(plain_lines(text))
        if words == self._effect_words:
            return  # an update lays out the whole dialog again
        self._effect_words = words
        self._effect_frame.set_class(bool(words), "-shown")
        self._effect.update(Content(words))
        if self.is_mounted:  # Textual keeps the old height at first, which cuts a text that takes more lines
            self.call_after_refresh(self._lay_effect_out)

    def _lay_effect_out(self) -> None:
        self._effect.refresh(layout=True)
        self.call_after_refresh(self._fit)  # what it takes is not left for the others

    def body(self) -> ComposeResult:
        """Return the widgets between effect and buttons."""
        yield from ()

    def decision(self) -> ResultT | None:
        """Return the decision; None, with the reason shown, if it is not complete."""
        raise NotImplementedError

    @property
    def typed(self) -> object:
        """What was typed and would be lost; None if nothing was."""
        return None

    @property
    def waiting(self) -> bool:
        """Whether the decision has been sent, and the answer is awaited."""
        return self._waiting

    def action_leave(self) -> None:
        """Leave with nothing done, unless the decision has been sent; ask once before something typed is lost."""
        if self._waiting:
            return
        if (typed := self.typed) is None or typed == self._warned_about:
            self.dismiss(None)
        else:
            self._warned_about = typed
            self.say("▲ esc again leaves, and what you typed is lost", "-refused")

    def action_accept(self) -> None:
        """Send the decision."""
        if self._waiting:
            return
        decision = self.decision()
        if decision is None:
            return
        if (submit := self._question.submit) is None:
            self.dismiss(decision)
            return
        self._waiting = True
        self.say("waiting for the answer …", "-waiting")
        self.run_worker(self._send(submit(decision), decision), group="dialog", exit_on_error=False)

    def say(self, text: str, kind: str = "") -> None:
        """Show ``text`` as ``-waiting``, ``-refused`` or ``-changed``; without a ``kind`` show nothing."""
        answer = self.query_one("#answer", Static)
        answer.set_classes(kind)
        answer.update(Content(in_local_time(plain_lines(text))))
        self.call_after_refresh(self._fit)

    def flexible(self) -> tuple[Widget, int]:
        """Return the part that scrolls where room is short, and the lines that it keeps."""
        return self._effect_frame, 2

    @on(Resize)
    def _fit(self) -> None:
        """Limit the flexible part to the height that the others leave, so that these stay visible."""
        frame = next(iter(self.query("#dialog")), None)
        if frame is None:
            return  # it was answered within the same frame, and is closing
        part, least = self.flexible()
        others = [child for child in frame.children if child is not part and child.display]
        taken = sum(child.outer_size.height + child.styles.margin.height for child in others)
        around = frame.gutter.height + part.styles.margin.height
        part.styles.max_height = max(self.size.height - taken - around, least)

    def ask_again(self, changed: ChangedError) -> None:
        """Show the target as it is now, and what is different: the next acceptance sends what was typed."""
        target = changed.basis.target
        self._question = replace(self._question, target=target.named, effect=target.effect)
        self._target.update(Content(plain(target.named)))
        self.show_effect(target.effect)
        self.say(f"▲ {changed}\nctrl+s sends it now", "-changed")

    def refused(self, refusal: CallError | ValidationError) -> None:
        """Show a refusal where it belongs, besides the answer that shows it in full."""

    def named(self, words: str) -> str:
        """Return a refusal with its fields as the dialog calls them."""
        return words

    async def _send(self, sending: Awaitable[object], decision: ResultT) -> None:
        try:
            await sending
        except ChangedError as changed:
            self._waiting = False
            self.ask_again(changed)
        except (CallError, ValidationError) as refusal:
            self._waiting = False
            self.say(f"▲ {self.named(refusal_words(refusal))}", "-refused")
            self.refused(refusal)
        else:
            self.dismiss(decision)

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.worker.group == "dialog" and event.state is WorkerState.ERROR:
            self._waiting = False
            self.say(f"▲ it failed, and may still have taken effect: {event.worker.error}", "-refused")


def refusal_words(refusal: CallError | ValidationError) -> str:
    """Return a refusal in words; fields are named as in ``customer.name: too long``."""
    if isinstance(refusal, CallError):
        return str(refusal)
    return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error_text(error)}" for error in refusal.errors())
