"""An app that fits its terminal: themes, few colours or none, no Unicode, and the way back to the shell."""

from collections.abc import Mapping, Sequence

from textual.binding import Binding
from textual.filter import LineFilter, Monochrome

from console.design.abilities import Abilities, no_colour_wanted
from console.design.line_filters import InAscii, WithoutColour
from console.design.theme import DARK, LIGHT, THEMES, for_few_colours, for_no_colour
from console.keys import KeysInOrder

KEY_WORDS = {"enter": "enter", "up": "up", "down": "down", "left": "left", "right": "right", "backspace": "backsp"}
"""Keys that Textual shows with a sign."""


class TerminalApp(KeysInOrder):
    """Registers the themes, and draws what the terminal can show."""

    def __init__(self, abilities: Abilities) -> None:
        self._colourless = no_colour_wanted()
        super().__init__()
        self._unicode = abilities.unicode
        for theme in THEMES:
            if self._colourless:
                self.register_theme(for_no_colour(theme))
            else:
                self.register_theme(for_few_colours(theme) if abilities.few_colours else theme)
        self._own_filters: list[LineFilter] = [WithoutColour()] if self._colourless else []
        self._own_filters += [] if abilities.unicode else [InAscii()]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters of what is drawn: ours in place of Textual's, which turns colours into greys."""
        given = [one for one in super().get_line_filters() if not (self._colourless and isinstance(one, Monochrome))]
        return [*given, *self._own_filters]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the tones' colours for themes that lack them."""
        return (DARK if self.current_theme.dark else LIGHT).variables

    def get_key_display(self, binding: Binding) -> str:
        """Return how a key is shown: as a word where its sign cannot be drawn."""
        word = None if self._unicode else KEY_WORDS.get(binding.key)
        return word or super().get_key_display(binding)

    def shown_key(self, ident: str) -> str:
        """Return the key of a binding, by its ID, as people see it."""
        binding = self.named_keys.get(ident)
        if binding is None:
            return ""
        keys = self._keymap.get(ident)
        if keys is None:
            return self.get_key_display(binding)
        return ", ".join(self.get_key_display(each) for each in Binding.make_bindings([Binding(keys, "", "")]))

    @property
    def named_keys(self) -> Mapping[str, Binding]:
        """The bindings that people know by name, by their IDs."""
        raise NotImplementedError

    def turn_theme(self, name: str) -> None:
        """Turn to a theme."""
        self.theme = name
