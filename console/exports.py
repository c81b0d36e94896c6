"""Where the files are that the operator has exported, and their names."""

import hashlib
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
