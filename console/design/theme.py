"""The themes. Each gives its tones enough contrast to be read."""

from dataclasses import replace

from textual.theme import Theme

from console.design.tone import Tone

NAMES = ("tconsole-dark", "tconsole-light", "tconsole-high-contrast", "tconsole-colour-blind")
LIGHT_COLUMN = NAMES.index("tconsole-light")

TONES = {
    Tone.WAITING: ("#f0b45a", "#7a4c00", "#ffd75f", "#ffe14d"),
    Tone.MOVING: ("#7ab0ff", "#1a4fbf", "#8fc7ff", "#4fa8ff"),
    Tone.DONE: ("#7fcf8f", "#13672d", "#7dff9a", "#9fe8d8"),
    Tone.STOPPED: ("#9ba2b9", "#545b6e", "#c8ccd8", "#9aa0b4"),
    Tone.HUMAN: ("#ff8690", "#b0182d", "#ffb3b8", "#ff8a3d"),
    Tone.MUTED: ("#9aa2ba", "#525a6e", "#c8ccd8", "#9aa2ba"),
    Tone.ACCENT: ("#7dcfff", "#005f7a", "#7dffff", "#7dcfff"),
    Tone.PLAIN: ("#d5d9e6", "#23283a", "#ffffff", "#d5d9e6"),
}
"""Colours of the tones in the themes, in the order of their names.

The last theme is for people who see red and green alike: its tones differ for them, and in brightness too.
"""

PRIMARY = ("#7aa2f7", "#2f5fd0", "#8fc7ff", "#7aa2f7")
SECONDARY = ("#5b6b99", "#5a6b95", "#8fc7ff", "#5b6b99")
ERROR = ("#ff7b85", "#b0182d", "#ffb3b8", "#ff8a3d")
BACKGROUND = ("#12141c", "#eceff5", "#000000", "#12141c")
SURFACE = ("#171a24", "#fbfcfe", "#000000", "#171a24")
PANEL = ("#1f2330", "#e2e7f1", "#141414", "#1f2330")

VARIABLES = {
    "border": ("#333a50", "#b4bccf", "#ffffff", "#333a50"),
    "border-blurred": ("#2a2f42", "#c9d0df", "#c8ccd8", "#2a2f42"),
    "block-cursor-background": ("#26324f", "#cfdcfa", "#00264d", "#26324f"),
    "block-cursor-foreground": ("#ffffff", "#0d1224", "#ffffff", "#ffffff"),
    "block-cursor-text-style": ("bold", "bold", "bold", "bold"),
    "block-cursor-blurred-background": ("#242b40", "#e2e8f5", "#262626", "#242b40"),
    "block-hover-background": ("#212738", "#edf1fa", "#1a1a1a", "#212738"),
    "footer-key-foreground": TONES[Tone.ACCENT],
    "scrollbar": ("#333a50", "#c3cbdc", "#c8ccd8", "#333a50"),
    "scrollbar-hover": ("#4a5474", "#a5b0c8", "#ffffff", "#4a5474"),
    "scrollbar-active": PRIMARY,
    "scrollbar-background": SURFACE,
    "scrollbar-background-hover": SURFACE,
    "scrollbar-background-active": SURFACE,
    "input-selection-background": ("#7aa2f7 35%", "#2f5fd0 30%", "#005f9e", "#7aa2f7 35%"),
    "glow": ("#3d371d", "#ffe9b3", "#332b00", "#3d371d"),
    "field": tuple(f"{colour} 7%" for colour in TONES[Tone.PLAIN]),
    "field-focus": tuple(f"{colour} 18%" for colour in TONES[Tone.ACCENT]),
    **{f"tone-{tone}": colours for tone, colours in TONES.items()},
}


def _theme(name: str, column: int) -> Theme:
    return Theme(
        name=name,
        dark=column != LIGHT_COLUMN,
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


MARKED_BACKGROUNDS = {
    "#010101": "reverse",
    "#020202": "reverse",
    "#030303": "underline",
    "#040404": "underline",
    "#050505": "reverse",
    "#060606": "reverse",
    "#070707": "underline",
}
"""Colours that nobody sees, and what stands for each where no colour is drawn."""

NO_COLOUR = dict(
    zip(
        (
            *("block-cursor-background", "block-cursor-blurred-background", "field", "field-focus"),
            *("input-cursor-background", "input-selection-background", "glow"),
        ),
        MARKED_BACKGROUNDS,
        strict=True,
    )
)


def for_no_colour(theme: Theme) -> Theme:
    """Return a theme whose backgrounds are told apart where no colour is drawn."""
    return replace(theme, variables={**theme.variables, **NO_COLOUR})


def title(theme: str) -> str:
    """Return the name of a theme for people."""
    return theme.removeprefix("tconsole-").replace("-", " ")


THEMES = tuple(_theme(name, column) for column, name in enumerate(NAMES))
DARK, LIGHT = THEMES[0], THEMES[LIGHT_COLUMN]
