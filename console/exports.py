"""Files that the operator has exported, in a folder of the data folder that only the operator can read."""

import hashlib
from pathlib import Path
from urllib.parse import quote

EXPORTS = "exports"
"""The folder of exported files, in the data folder."""

MAX_NAME = 100
"""Characters of a file's name that come from an ID."""


def file_name(kind: str, ident: str) -> str:
    """Return a file's name for something whose ID may hold anything, and be long."""
    name = f"{kind}-{quote(ident, safe='#')}"
    if len(name) <= MAX_NAME:
        return name
    return f"{name[:MAX_NAME]}-{hashlib.sha256(ident.encode(errors='surrogatepass')).hexdigest()[:12]}"


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read. Raises ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
