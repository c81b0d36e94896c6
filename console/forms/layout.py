"""How a model is laid out as a form. Apart from the widgets, which are imported with the first form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FormLayout:
    """How a model is laid out as a form; all names are names of its fields."""

    fixed: Mapping[str, object] = field(default_factory=dict)
    """Values that nobody is asked for."""
    more: frozenset[str] = frozenset()
    """Fields under "More", which is collapsed at first."""
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Texts that a field proposes; others may be typed."""
    ident: str = ""
    """The field with the ID of what is created."""
