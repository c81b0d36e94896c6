"""The bottom line of a screen whose keys always work: one text, since a widget for each key takes long to mount."""

from textual.content import Content
from textual.events import Click, Resize
from textual.widgets import Static

from console.design.tone import Tone
from console.widgets.key_footer import ALWAYS, GENERAL, RIGHT, KeyHint, fitting


class KeyLine(Static):
    """Shows the bindings of its screen that have a name; a click presses a key."""

    DEFAULT_CSS = "KeyLine { height: 1; background: $panel; }"
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[range, str]] = []
        """Where each key is drawn."""

    def on_resize(self, event: Resize) -> None:
        """Leave out the least important keys where room is short."""
        hints = fitting(self._hints(), event.size.width)
        drawn = [_drawn(hint) for hint in hints]
        blank = event.size.width - sum(content.cell_length for content in drawn)
        line, self._places = Content(""), []
        for hint, content in zip(hints, drawn, strict=True):
            if hint.ident == RIGHT:
                line = Content.assemble(line, " " * blank)
            self._places.append((range(line.cell_length, line.cell_length + content.cell_length), hint.key))
            line = Content.assemble(line, content)
        self.update(line, layout=False)

    def on_click(self, event: Click) -> None:
        """Press the key that was clicked."""
        for place, key in self._places:
            if event.x in place:
                self.app.simulate_key(key)

    def _hints(self) -> list[KeyHint]:
        hints: dict[str, KeyHint] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            ident = binding.id or binding.action
            if binding.show and ident not in hints:
                shown = self.app.get_key_display(binding)
                hints[ident] = KeyHint(binding.key, shown, binding.description, ident, enabled=True)
        return sorted(hints.values(), key=lambda hint: (hint.ident == RIGHT, hint.ident in (*GENERAL, *ALWAYS)))


def _drawn(hint: KeyHint) -> Content:
    return Content.assemble((f" {hint.shown} ", f"bold {Tone.ACCENT.style}"), f"{hint.label} ")
