"""The bottom line of a screen whose keys always work: one text, since a widget for each key takes long to mount."""

from textual.content import Content
from textual.events import Resize
from textual.style import Style
from textual.widgets import Static

from console.design.tone import Tone
from console.widgets.key_footer import ALWAYS, GENERAL, RIGHT, KeyHint, fitting


class KeyLine(Static):
    """Shows the bindings of its screen that have a name; a click presses a key."""

    DEFAULT_CSS = "KeyLine { height: 1; background: $panel; }"
    ALLOW_SELECT = False

    def on_resize(self, event: Resize) -> None:
        """Leave out the least important keys where room is short."""
        hints = fitting(self._hints(), event.size.width)
        left = [_drawn(hint) for hint in hints if hint.ident != RIGHT]
        right = [_drawn(hint) for hint in hints if hint.ident == RIGHT]
        blank = event.size.width - sum(content.cell_length for content in (*left, *right))
        self.update(Content.assemble(*left, " " * blank, *right), layout=False)

    def action_press(self, key: str) -> None:
        """Press a key that was clicked."""
        self.app.simulate_key(key)

    def _hints(self) -> list[KeyHint]:
        hints: dict[str, KeyHint] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            ident = binding.id or binding.action
            if binding.show and ident not in hints:
                shown = self.app.get_key_display(binding)
                hints[ident] = KeyHint(binding.key, shown, binding.description, ident, enabled=True)
        return sorted(hints.values(), key=lambda hint: hint.ident in (*GENERAL, *ALWAYS))


def _drawn(hint: KeyHint) -> Content:
    click = Style.from_meta({"@click": f"press('{hint.key}')"})
    content = Content.assemble((f" {hint.shown} ", f"bold {Tone.ACCENT.style}"), f"{hint.label} ")
    return content.stylize(click)
