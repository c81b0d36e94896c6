"""Another version of the rules of time zones, for a while."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import whenever

from workflows.shared import zones


@contextmanager
def other_rules(folder: Path, rules: bytes) -> Iterator[None]:
    """Give workers these rules of Paris, and of no other zone."""
    (folder / "Europe").mkdir(parents=True)
    (folder / "Europe" / "Paris").write_bytes(rules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zones, "ZONE_RULES", folder)
        patch.setattr(zones, "RULES_VERSION", "2099.1")
        patch.setattr(zones, "ZONE_NAMES", frozenset({"Europe/Paris"}))
        whenever.clear_tzcache()
        yield
    whenever.clear_tzcache()


def rules_of(zone: str) -> bytes:
    """Return the rules of a zone."""
    return (zones.ZONE_RULES / zone).read_bytes()


def one_change(before: int, change: datetime, after: int) -> bytes:
    """Return rules by which the clocks change once, from one UTC offset in seconds to another (RFC 9636)."""
    offsets = [struct.pack(">lBB", offset, 0, 0) for offset in (before, after)]
    minutes, seconds = divmod(abs(after), 60)
    footer = f"\n<XXX>{'-' if after >= 0 else ''}{minutes // 60}:{minutes % 60:02}:{seconds:02}\n"
    first = _header(0, 1) + offsets[0] + b"\0"
    return (
        first
        + _header(1, 2)
        + struct.pack(">qB", int(change.timestamp()), 1)
        + b"".join(offsets)
        + b"\0"
        + footer.encode()
    )


def _header(changes: int, types: int) -> bytes:
    return b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, changes, types, 1)
