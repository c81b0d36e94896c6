"""Another version of the rules of time zones, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import whenever

from workflows.shared import zones


@contextmanager
def other_rules(folder: Path, **renamed: str) -> Iterator[None]:
    """Give workers the rules of other zones under a name: ``Paris="Asia/Karachi"`` is about ``Europe/Paris``."""
    europe = folder / "Europe"
    europe.mkdir(parents=True)
    for name, other in renamed.items():
        (europe / name).write_bytes((zones.ZONE_RULES / other).read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zones, "ZONE_RULES", folder)
        patch.setattr(zones, "RULES_VERSION", "2099.1")
        patch.setattr(zones, "ZONE_NAMES", frozenset(f"Europe/{name}" for name in renamed))
        whenever.clear_tzcache()
        yield
    whenever.clear_tzcache()
