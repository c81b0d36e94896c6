"""Writes an exported file: whole or not at all, and for the operator alone."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from console.export.records import Format, parts
from console.gateway.rows import Row

EXPORTS = "exports"
"""The folder of exported files, in the data folder."""


def export_path(data_dir: Path, name: str, at: datetime, wanted: Format) -> Path:
    """Return the path of a new file with rows of the system ``name``."""
    return data_dir / EXPORTS / f"{name}-{at.astimezone():%Y-%m-%d-%H%M%S}.{wanted}"


def write_rows(path: Path, rows: Sequence[Row], wanted: Format) -> None:
    """Write ``rows``. Raises ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    try:
        _write(new, parts(rows, wanted))
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


def _write(path: Path, texts: Iterable[str]) -> None:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(texts)
