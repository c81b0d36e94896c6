"""The two themes. Both give each tone enough contrast to be read."""

from dataclasses import replace

from textual.theme import Theme

from console.design.tone import Tone

TONES = {
    Tone.WAITING: ("#f0b45a", "#7a4c00"),
    Tone.MOVING: ("#7ab0ff", "#1a4fbf"),
    Tone.DONE: ("#7fcf8f", "#13672d"),
    Tone.STOPPED: ("#9ba2b9", "#545b6e"),
    Tone.HUMAN: ("#ff8690", "#b0182d"),
    Tone.MUTED: ("#9aa2ba", "#525a6e"),
    Tone.ACCENT: ("#7dcfff", "#005f7a"),
    Tone.PLAIN: ("#d5d9e6", "#23283a"),
}
"""Colours of the tones in the dark and in the light theme."""

PRIMARY = ("#7aa2f7", "#2f5fd0")
SECONDARY = ("#5b6b99", "#5a6b95")
ERROR = ("#ff7b85", "#b0182d")
BACKGROUND = ("#12141c", "#eceff5")
SURFACE = ("#171a24", "#fbfcfe")
PANEL = ("#1f2330", "#e2e7f1")

VARIABLES = {
    "border": ("#333a50", "#b4bccf"),
    "border-blurred": ("#2a2f42", "#c9d0df"),
    "block-cursor-background": ("#26324f", "#cfdcfa"),
    "block-cursor-foreground": ("#ffffff", "#0d1224"),
    "block-cursor-text-style": ("bold", "bold"),
    "block-cursor-blurred-background": ("#242b40", "#e2e8f5"),
    "block-hover-background": ("#212738", "#edf1fa"),
    "footer-key-foreground": TONES[Tone.ACCENT],
    "scrollbar": ("#333a50", "#c3cbdc"),
    "scrollbar-hover": ("#4a5474", "#a5b0c8"),
    "scrollbar-active": PRIMARY,
    "scrollbar-background": SURFACE,
    "scrollbar-background-hover": SURFACE,
    "scrollbar-background-active": SURFACE,
    "input-selection-background": ("#7aa2f7 35%", "#2f5fd0 30%"),
    "glow": ("#3d371d", "#ffe9b3"),
    "field": tuple(f"{colour} 7%" for colour in TONES[Tone.PLAIN]),
    "field-focus": tuple(f"{colour} 18%" for colour in TONES[Tone.ACCENT]),
    **{f"tone-{tone}": colours for tone, colours in TONES.items()},
}


def _theme(name: str, column: int) -> Theme:
    return Theme(
        name=name,
        dark=column == 0,
        primary=PRIMARY[column],
        secondary=SECONDARY[column],
        accent=TONES[Tone.ACCENT][column],
        foreground=TONES[Tone.PLAIN][column],
        background=BACKGROUND[column],
        surface=SURFACE[column],
        panel=PANEL[column],
        success=TONES[Tone.DONE][column],
        warning=TONES[Tone.WAITING][column],
        error=ERROR[column],
        variables={variable: colours[column] for variable, colours in VARIABLES.items()},
    )


FEW_COLOURS = {
    "border": ("#808080", "#808080"),
    "block-cursor-background": ("#808080", "#c0c0c0"),
    "block-cursor-blurred-background": ("#808080", "#c0c0c0"),
    "block-hover-background": ("#000080", "#c0c0c0"),
    "field": ("#000080", "#c0c0c0"),
    "field-focus": ("#008080", "#00ffff"),
}
"""In place of shades that are one colour on a terminal of 16: there fields and the cursor would have no edges."""


def for_few_colours(theme: Theme) -> Theme:
    """Return a theme for a terminal of 16 colours."""
    column = 0 if theme.dark else 1
    changed = {variable: colours[column] for variable, colours in FEW_COLOURS.items()}
    return replace(theme, variables={**theme.variables, **changed})


THEMES = (DARK, LIGHT) = (_theme("tconsole-dark", 0), _theme("tconsole-light", 1))
