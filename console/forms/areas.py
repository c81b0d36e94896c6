"""Fields of several lines."""

from collections.abc import Mapping
from typing import cast

from textual import on
from textual.widgets import TextArea

from console.forms.parsing import pairs_text, parse_pairs, parse_words
from console.forms.spec import FieldSpec
from console.forms.typed import TypedField, entries_text


class AreaField(TypedField):
    """A text of several lines."""

    DEFAULT_CSS = """
    AreaField > .form--body > TextArea {
        height: auto; min-height: 3; max-height: 8; padding: 0 1; background: $foreground 7%;
        &:focus { background: $accent 18%; }
    }
    """

    def __init__(self, spec: FieldSpec, initial: object) -> None:
        super().__init__(spec, initial)
        self._area: TextArea | None = None

    @property
    def text(self) -> str:
        """What stands in the field now, or will when it is shown."""
        return self.written() if self._area is None else self._area.text.strip()

    def control(self) -> TextArea:
        """Return the text area."""
        self._area = TextArea(self.written(), placeholder=self.placeholder(), compact=True, highlight_cursor_line=False)
        return self._area

    def placeholder(self) -> str:
        """Return what stands in the empty area."""
        return self.spec.example

    @on(TextArea.Changed)
    def _typed(self) -> None:
        if self._problem is not None:
            self.show_problem(None)


class PairsField(AreaField):
    """Names with a value each, one on a line."""

    def placeholder(self) -> str:
        """Show how a pair is written."""
        return "name: value"

    def written(self) -> str:
        """Return the initial pairs."""
        return pairs_text(cast("Mapping[str, object]", self._initial)) if isinstance(self._initial, Mapping) else ""

    def parse(self, text: str) -> dict[str, object]:
        """Return the pairs; an untouched one keeps the value it had, whatever its type. Raises ``ValueError``."""
        before = self._initial if isinstance(self._initial, Mapping) else {}
        typed = parse_pairs(text)
        return {name: before[name] if str(before.get(name)) == value else value for name, value in typed.items()}


class ManyWordsField(AreaField):
    """Many entries, with commas or line breaks between them."""

    def placeholder(self) -> str:
        """Say how several are written."""
        return "separated by commas or line breaks"

    def written(self) -> str:
        """Return the initial entries with commas between them."""
        return entries_text(self._initial)

    def parse(self, text: str) -> list[str]:
        """Return the entries."""
        return parse_words(text)

    def empty(self) -> object:
        """No entries, unless there must be some."""
        return None if self.spec.nullable else []
