"""The two themes. Colours have meanings, and both themes give each meaning enough contrast to be read."""

from textual.theme import Theme

from console.tone import Tone


def _tones(colours: dict[Tone, str], glow: str) -> dict[str, str]:
    return {f"tone-{tone.value}": colour for tone, colour in colours.items()} | {"glow": glow}


DARK = Theme(
    name="tconsole-dark",
    dark=True,
    primary="#7aa2f7",
    secondary="#5b6b99",
    accent="#7dcfff",
    foreground="#d5d9e6",
    background="#12141c",
    surface="#171a24",
    panel="#1f2330",
    success="#7fcf8f",
    warning="#f0b45a",
    error="#ff7b85",
    variables={
        "border": "#333a50",
        "border-blurred": "#2a2f42",
        "block-cursor-background": "#2d3a5e",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#242b40",
        "block-hover-background": "#212738",
        "footer-key-foreground": "#7dcfff",
        "scrollbar": "#333a50",
        "scrollbar-hover": "#4a5474",
        "scrollbar-active": "#7aa2f7",
        "scrollbar-background": "#171a24",
        "scrollbar-background-hover": "#171a24",
        "scrollbar-background-active": "#171a24",
        "input-selection-background": "#7aa2f7 35%",
        **_tones(
            {
                Tone.WAITING: "#f0b45a",
                Tone.MOVING: "#7ab0ff",
                Tone.DONE: "#7fcf8f",
                Tone.STOPPED: "#8b92a8",
                Tone.HUMAN: "#ff7b85",
                Tone.MUTED: "#8f97b0",
                Tone.ACCENT: "#7dcfff",
                Tone.PLAIN: "#d5d9e6",
            },
            glow="#4a4426",
        ),
    },
)

LIGHT = Theme(
    name="tconsole-light",
    dark=False,
    primary="#2f5fd0",
    secondary="#5a6b95",
    accent="#00708f",
    foreground="#23283a",
    background="#eceff5",
    surface="#fbfcfe",
    panel="#dfe4ee",
    success="#1d7a3a",
    warning="#935f00",
    error="#bf2237",
    variables={
        "border": "#b4bccf",
        "border-blurred": "#c9d0df",
        "block-cursor-background": "#cfdcfa",
        "block-cursor-foreground": "#0d1224",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#e2e8f5",
        "block-hover-background": "#edf1fa",
        "footer-key-foreground": "#00708f",
        "scrollbar": "#c3cbdc",
        "scrollbar-hover": "#a5b0c8",
        "scrollbar-active": "#2f5fd0",
        "scrollbar-background": "#fbfcfe",
        "scrollbar-background-hover": "#fbfcfe",
        "scrollbar-background-active": "#fbfcfe",
        "input-selection-background": "#2f5fd0 30%",
        **_tones(
            {
                Tone.WAITING: "#8a5800",
                Tone.MOVING: "#1f56c8",
                Tone.DONE: "#1d7a3a",
                Tone.STOPPED: "#666e82",
                Tone.HUMAN: "#bf2237",
                Tone.MUTED: "#5e6579",
                Tone.ACCENT: "#00708f",
                Tone.PLAIN: "#23283a",
            },
            glow="#ffe9b3",
        ),
    },
)

THEMES = (DARK, LIGHT)
