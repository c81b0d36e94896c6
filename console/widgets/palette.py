"""The theme's colours, for the widgets that draw with Rich and cannot name a theme variable."""

from rich.color import Color as RichColor
from rich.style import Style
from textual.app import App
from textual.color import Color

from console.design.tone import Tone


class Palette:
    """The tones as Rich styles, in the theme that is on now."""

    def __init__(self, app: App[object]) -> None:
        variables = app.theme_variables
        self._tones = {tone: Style(color=_rich(variables[f"tone-{tone.value}"])) for tone in Tone}
        self._faded = Style(color=_rich(variables["tone-stopped"]), italic=True, dim=True)
        self._glow = Style(bgcolor=_rich(variables["glow"]))

    def style(self, tone: Tone, *, glow: bool = False, faded: bool = False) -> Style:
        """Return the style of a cell: of its tone, with a glow behind it, or faded."""
        if faded:
            return self._faded
        return self._tones[tone] + self._glow if glow else self._tones[tone]


def _rich(value: str) -> RichColor:
    return Color.parse(value).rich_color
