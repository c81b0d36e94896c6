"""Files that only the operator can read."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_private(path: Path, text: str | Iterable[str]) -> None:
    """Write a file whole or not at all, in the place of one that may be there. Raises ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    try:
        new.touch(mode=0o600)
        with new.open("w", encoding="utf-8", newline="") as file:
            file.writelines([text] if isinstance(text, str) else text)
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
