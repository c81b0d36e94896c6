"""From the console's screen to a picture: SVG as Textual draws it, and PNG."""

import re
from pathlib import Path

import resvg_py
from textual.app import App

FONT = "DejaVu Sans Mono"
"""What the PNG is drawn with; Debian's package is ``fonts-dejavu-core``."""
WIDTH = 1600
"""Of the PNG, in pixels."""
REMOTE_FONTS = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)
FONT_FAMILY = re.compile(r"font-family:\s*Fira Code,\s*monospace")


def save(app: App[None], folder: Path, name: str) -> None:
    """Write ``name.svg`` and ``name.png`` as the screen is now."""
    svg = _self_contained(app.export_screenshot(title="tconsole"))
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    png = resvg_py.svg_to_bytes(svg_string=svg, width=WIDTH, font_family=FONT, monospace_family=FONT)
    (folder / f"{name}.png").write_bytes(bytes(png))


def _self_contained(svg: str) -> str:
    """Return the picture without fonts from elsewhere: it has to look the same offline."""
    return FONT_FAMILY.sub(f"font-family: '{FONT}', Menlo, Consolas, monospace", REMOTE_FONTS.sub("", svg))
