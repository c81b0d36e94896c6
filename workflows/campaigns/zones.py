"""Which time zones a user's caps and quiet hours name, and the UTC offsets that the user's actor decides with."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field

from workflows.campaigns.local_time import Clock
from workflows.campaigns.models import CalendarWindow, CapPolicy, Preferences, SetPreferences
from workflows.shared.fields import Answer, OffsetFrom, UtcDatetime

LOOK_BACK = timedelta(days=33)
"""Longer than a calendar month."""
LOOK_AHEAD = timedelta(days=800)
"""Of the offsets that are read: :data:`TOO_OLD`, and the longest window after that."""
TOO_OLD = timedelta(days=400)
"""Age at which nothing is decided with them any more."""
OLD = timedelta(days=7)
"""Age at which they are read anew in the background: governments announce a change of clocks weeks before."""
RETRY = timedelta(hours=1)
"""As long a zone that no rules are known of refuses a send, and until its rules are asked for again."""


class ZoneTable(Answer):
    """The UTC offsets of some time zones, as an activity read them from one version of the rules."""

    version: str = Field(default="", description="of the rules, such as 2026.6")
    read_at: UtcDatetime | None = Field(default=None, description="null when no zone was needed")
    offsets: dict[str, list[OffsetFrom]] = Field(default_factory=dict, description="of an unknown zone there are none")

    def clock(self, zone: str) -> Clock | None:
        """Return the clock of a zone, or None if its rules are not known."""
        offsets = self.offsets.get(zone)
        return Clock(offsets) if offsets else None

    def is_older(self, age: timedelta, now: datetime) -> bool:
        """Return whether the offsets were read longer ago than that."""
        return self.read_at is not None and now - self.read_at > age


class ReadZones(Answer):
    """Which offsets to read: those of these zones, around that time."""

    zones: list[str]
    at: UtcDatetime


def zones_of(policy: CapPolicy | None, preferences: Preferences | SetPreferences | None) -> dict[str, str]:
    """Return the zones that are named, by the field that names them. The user's own is not named."""
    zones = {
        f"policy.rules.{number}.window.timezone": rule.window.timezone
        for number, rule in enumerate(policy.rules if policy else [])
        if isinstance(rule.window, CalendarWindow) and rule.window.timezone is not None
    }
    quiet = preferences.quiet_hours if preferences else None
    return zones | ({"quiet_hours.timezone": quiet.timezone} if quiet else {})


def zones_needed(policies: Iterable[CapPolicy], preferences: Preferences | None, timezone: str) -> set[str]:
    """Return the zones that these caps, and the quiet hours, of a user of that time zone are told by."""
    zones = set(zones_of(None, preferences).values())
    for policy in policies:
        windows = (rule.window for rule in policy.rules)
        calendar = (window for window in windows if isinstance(window, CalendarWindow))
        zones.update(timezone if window.timezone is None else window.timezone for window in calendar)
    return zones
