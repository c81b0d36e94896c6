"""The line in which a filter is typed, with proposals for the next word of a list filter."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from console.design.text import plain
from console.design.tone import Tone
from console.listing.filtering import HELP, raw_list_filter
from console.search.completion import SYSTEM_ATTRIBUTES, Vocabulary
from console.widgets.excerpt import Excerpt
from console.widgets.line_input import LineInput
from workflows.shared import summary

PROPOSAL_KEY = "tab"
WHEN_COMPLETE = "enter asks the server"


def vocabulary(types: Mapping[str, str], values: Mapping[str, Sequence[str]]) -> Vocabulary:
    """Return the words of list filters; ``types`` are the attributes that the namespace has besides ours."""
    ours = {key.name: key.indexed_value_type.name.title().replace("_", "") for key in summary.ATTRIBUTES.values()}
    return Vocabulary({**SYSTEM_ATTRIBUTES, **ours, **types}, values)


class FilterInput(LineInput):
    """The input. Its keys show in the footer while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep the filter", id="filter.keep"),
        Binding(PROPOSAL_KEY, "complete", "Complete", id="filter.complete"),
    ]

    class Moved(Message):
        """The cursor is at another place."""

    def __init__(self, words: Vocabulary) -> None:
        super().__init__(placeholder=HELP, compact=True)
        self.words = words

    @property
    def proposals(self) -> list[str] | None:
        """The words that may stand at the cursor, None where no list filter is typed."""
        typed = raw_list_filter(self.value[: self.cursor_position])
        return None if typed is None else self.words.proposals(typed)

    def watch_selection(self) -> None:
        """Tell that other words may be proposed."""
        self.post_message(self.Moved())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Take the tab key only where it completes something."""
        if action == "complete" and not self.proposals:
            return False
        return super().check_action(action, parameters)

    def action_complete(self) -> None:
        """Put the first proposal in place of the word before the cursor."""
        before, after = self.value[: self.cursor_position], self.value[self.cursor_position :]
        typed = raw_list_filter(before)
        completed = None if typed is None else self.words.completed(typed)
        if typed is not None and completed is not None:
            now = f"{before.removesuffix(typed)}{completed}{'' if after.startswith(' ') else ' '}"
            self.value = now + after
            self.cursor_position = len(now)


class FilterLine(Vertical):
    """The input above the words that it proposes."""

    DEFAULT_CSS = """
    FilterLine { height: auto; }
    FilterLine > .proposals { height: 1; padding: 0 1; color: $text-muted; background: $panel; display: none; }
    FilterLine > .proposals.-shown { display: block; }
    """

    def __init__(self, words: Vocabulary) -> None:
        super().__init__()
        self.input = FilterInput(words)
        self._proposals = Excerpt(classes="proposals")

    def compose(self) -> ComposeResult:
        """Lay out both lines."""
        yield self.input
        yield self._proposals

    @on(FilterInput.Moved)
    @on(Input.Changed)
    @on(Input.Blurred)
    def show_proposals(self) -> None:
        """Show what may follow at the cursor, as far as there is room."""
        proposals = self.input.proposals if self.input.has_focus else None
        self._proposals.set_class(proposals is not None, "-shown")
        if proposals is not None:
            words = "  ".join(map(plain, proposals)) if proposals else WHEN_COMPLETE
            key = (f"{PROPOSAL_KEY} ", Tone.ACCENT.style) if proposals else ("", "")
            self._proposals.update(Content.assemble(key, words))
