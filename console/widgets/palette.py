"""The theme's colours as Rich styles, for widgets that cannot use theme variables."""

from rich.color import Color as RichColor
from rich.style import Style
from textual.app import App
from textual.color import Color

from console.design.tone import Tone


class Palette:
    """The tones in the current theme."""

    def __init__(self, app: App[object]) -> None:
        variables = app.theme_variables
        self._tones = {tone: Style(color=_rich(variables[f"tone-{tone.value}"])) for tone in Tone}
        self._faded = Style(color=_rich(variables["tone-stopped"]), italic=True, dim=True)
        self._glow = Style(bgcolor=_rich(variables["glow"]))

    def style(self, tone: Tone, *, glow: bool = False, faded: bool = False) -> Style:
        """Return the style of a cell."""
        style = self._faded if faded else self._tones[tone]
        return style + self._glow if glow and not faded else style


def _rich(value: str) -> RichColor:
    return Color.parse(value).rich_color
