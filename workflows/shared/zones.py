"""Rules of time zones, from the `tzdata` package: the host's own may be years old. Never for workflows.

The package is updated, and a replay must not decide anew: a workflow decides with the offsets that an activity read.
"""

from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from workflows.shared.fields import OffsetFrom, TimeZone, unknown_zone

ZONE_NAMES = frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split()) - {"Factory"}
"""Zones of people. ``Factory`` stands for a host that was never given a zone."""
ZONE_RULES = files("tzdata") / "zoneinfo"
"""Folder of their rules."""
RULES_VERSION = version("tzdata")
"""Of the package, such as ``2026.6``."""


def _known(name: str) -> str:
    if name not in ZONE_NAMES:
        raise ValueError(unknown_zone(name))
    return name


KnownTimeZone = Annotated[TimeZone, AfterValidator(_known)]
"""The name of an IANA time zone that this process has rules of: for what no workflow parses."""


@cache
def zone_info(name: str) -> ZoneInfo:
    """Return the rules of a time zone, for times on the screen. Those of a zone that only others know are of UTC."""
    with (ZONE_RULES / (name if name in ZONE_NAMES else "UTC")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def offsets_between(name: str, since: datetime, until: datetime) -> list[OffsetFrom]:
    """Return the UTC offsets of a time zone, oldest first, the first from ``since`` on; none of an unknown zone."""
    from whenever import Instant, reset_tzpath

    if name not in ZONE_NAMES:
        return []
    reset_tzpath([str(ZONE_RULES)])
    clock = Instant(since).to_tz(name)
    offsets = [(since.astimezone(UTC), round(clock.offset.total("seconds")))]
    while (change := clock.next_transition()) is not None and change.to_instant().to_stdlib() < until:
        offset = round(change.offset.total("seconds"))
        if offset != offsets[-1][1]:
            offsets.append((change.to_instant().to_stdlib(), offset))
        clock = change
    return offsets
