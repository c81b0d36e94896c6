"""What limits the sends to one user, as the user's actor knows it: settings, the default policy, time zones."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from workflows.campaigns.bounces import Suppression
from workflows.campaigns.caps import Limits
from workflows.campaigns.default_policy import (
    BUILT_IN,
    DefaultPolicy,
    default_at,
    from_then_on,
    latest_revision,
    policy_of,
)
from workflows.campaigns.models import CapPolicy, Fence, Preferences
from workflows.campaigns.steps import StoredLimits, UserSettings
from workflows.campaigns.zones import OLD, RETRY, TOO_OLD, ZoneTable, zones_needed
from workflows.shared.fields import Answer


class ActorLimits(Answer):
    """The part of an actor's state that it decides with, beside the sends."""

    timezone: str
    preferences: Preferences
    settings: UserSettings = Field(default_factory=UserSettings, description="what was set for the user")
    defaults: list[DefaultPolicy] = Field(
        default_factory=list, description="the default policy that holds, if one was set, and those that will"
    )
    fence: Fence
    zones: ZoneTable = Field(default_factory=ZoneTable, description="the UTC offsets that it decides with")
    suppressions: list[Suppression] = Field(default_factory=list, description="of the user's addresses, by the store")

    def revision_at(self, moment: datetime, stored: StoredLimits | None = None) -> int | None:
        """Return which default policy holds at a moment, or None for caps of the user's own."""
        if self.settings.policy is not None:
            return None
        default = default_at(self._later(stored), moment)
        return default.revision if default else BUILT_IN

    def limits_at(self, moment: datetime, stored: StoredLimits | None = None) -> Limits:
        """Return what decides on a send at a moment: the user's own caps, or else the default policy of that moment.

        Of what is ``stored`` a later default policy counts, and the stricter consent.
        """
        policy = self.settings.policy or policy_of(default_at(self._later(stored), moment))
        preferences, suppressions = self.preferences, self.suppressions
        if stored is not None:
            channels = preferences.channels.stricter(stored.channels)
            preferences = preferences.model_copy(update={"channels": channels})
            suppressions = [*suppressions, *stored.suppressions]
        return Limits(policy, preferences, self.zones, suppressions, self.timezone)

    @property
    def own_zones(self) -> set[str]:
        """The time zones of the caps, those to come too, and of the quiet hours."""
        return zones_needed(self.policies(), self.preferences, self.timezone)

    @property
    def unasked_zones(self) -> set[str]:
        """Those of them of which nobody has asked for the offsets."""
        return self.own_zones - self.zones.offsets.keys()

    @property
    def known_zones(self) -> set[str]:
        """The zones to read anew: those that it has offsets of, too."""
        return {*self.own_zones, *self.zones.offsets}

    def know(self, zones: ZoneTable) -> None:
        """Decide with these offsets from now on; those of other zones stay, as they were read meanwhile."""
        if zones.read_at is not None:
            self.zones = zones.model_copy(update={"offsets": {**self.zones.offsets, **zones.offsets}})

    def may_decide(self, now: datetime) -> bool:
        """Return whether the offsets are recent enough to decide with."""
        return not self.zones.is_older(TOO_OLD, now)

    def zones_are_old(self, now: datetime) -> bool:
        """Return whether the offsets should be read anew; unknown zones are asked for more often."""
        known = all(self.zones.clock(zone) for zone in self.own_zones)
        return bool(self.own_zones) and self.zones.is_older(OLD if known else RETRY, now)

    def learn(self, defaults: Sequence[DefaultPolicy], now: datetime) -> bool:
        """Take over the default policies that the store has, and return whether there is a later one than was known."""
        before, found = latest_revision(self.defaults), latest_revision(defaults)
        if found >= before:
            self.defaults = from_then_on(defaults, now)
        self.fence = self.fence.model_copy(update={"policy": max(before, found)})
        return found > before

    def policies(self, moment: datetime | None = None) -> list[CapPolicy]:
        """Return the caps of the user's own, or else all default ones that are known to hold, from a moment on."""
        if self.settings.policy is not None:
            return [self.settings.policy]
        known = self.defaults if moment is None else from_then_on(self.defaults, moment)
        begins_later = moment is None or default_at(known, moment) is None
        return [*([policy_of(None)] if begins_later else []), *(each.policy for each in known)]

    def forget_zones(self) -> None:
        """Drop the offsets of zones that neither caps nor quiet hours name any more."""
        own = self.own_zones
        offsets = {zone: offsets for zone, offsets in self.zones.offsets.items() if zone in own}
        self.zones = self.zones.model_copy(update={"offsets": offsets})

    def _later(self, stored: StoredLimits | None) -> Sequence[DefaultPolicy]:
        if stored is None or latest_revision(stored.defaults) <= latest_revision(self.defaults):
            return self.defaults
        return stored.defaults
