"""The two themes. Both give each tone enough contrast to be read."""

from textual.theme import Theme

from console.design.tone import Tone


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
        "block-cursor-background": "#26324f",
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
                Tone.STOPPED: "#9ba2b9",
                Tone.HUMAN: "#ff8690",
                Tone.MUTED: "#9aa2ba",
                Tone.ACCENT: "#7dcfff",
                Tone.PLAIN: "#d5d9e6",
            },
            glow="#3d371d",
        ),
    },
)

LIGHT = Theme(
    name="tconsole-light",
    dark=False,
    primary="#2f5fd0",
    secondary="#5a6b95",
    accent="#005f7a",
    foreground="#23283a",
    background="#eceff5",
    surface="#fbfcfe",
    panel="#e2e7f1",
    success="#13672d",
    warning="#7a4c00",
    error="#b0182d",
    variables={
        "border": "#b4bccf",
        "border-blurred": "#c9d0df",
        "block-cursor-background": "#cfdcfa",
        "block-cursor-foreground": "#0d1224",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#e2e8f5",
        "block-hover-background": "#edf1fa",
        "footer-key-foreground": "#005f7a",
        "scrollbar": "#c3cbdc",
        "scrollbar-hover": "#a5b0c8",
        "scrollbar-active": "#2f5fd0",
        "scrollbar-background": "#fbfcfe",
        "scrollbar-background-hover": "#fbfcfe",
        "scrollbar-background-active": "#fbfcfe",
        "input-selection-background": "#2f5fd0 30%",
        **_tones(
            {
                Tone.WAITING: "#7a4c00",
                Tone.MOVING: "#1a4fbf",
                Tone.DONE: "#13672d",
                Tone.STOPPED: "#545b6e",
                Tone.HUMAN: "#b0182d",
                Tone.MUTED: "#525a6e",
                Tone.ACCENT: "#005f7a",
                Tone.PLAIN: "#23283a",
            },
            glow="#ffe9b3",
        ),
    },
)

THEMES = (DARK, LIGHT)
