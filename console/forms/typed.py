"""What the fields that are typed have in common."""

from console.forms.field import LabelledField, Reading
from console.forms.spec import MISSING, FieldSpec


class TypedField(LabelledField):
    """A field whose value is written as text."""

    def __init__(self, spec: FieldSpec, initial: object) -> None:
        super().__init__(spec)
        self._initial = initial

    @property
    def text(self) -> str:
        """What stands in the field now, or will when it is shown."""
        raise NotImplementedError

    def written(self) -> str:
        """Return the initial value as it is typed."""
        return "" if self._initial is None or self._initial is MISSING else str(self._initial)

    def read(self, reading: Reading) -> object:
        """Return what the text says."""
        if not self.text:
            return self.empty()
        try:
            return self.parse(self.text)
        except ValueError as problem:
            return reading.unreadable(self, str(problem))

    def parse(self, text: str) -> object:
        """Return the value of a text. Raises ``ValueError``."""
        return text


def entries_text(entries: object) -> str:
    """Return the entries of a list with commas between them."""
    return ", ".join(map(str, entries)) if isinstance(entries, list | tuple) else ""
