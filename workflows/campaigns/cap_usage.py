"""How full the caps of many users are. Pure functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from workflows.campaigns.cap_usage_models import RuleSpread, UsageStep
from workflows.campaigns.caps import Limits, counted
from workflows.campaigns.default_policy import default_at, policy_of
from workflows.campaigns.models import Preferences
from workflows.campaigns.ports import User
from workflows.campaigns.sending import read_zones
from workflows.campaigns.zones import ZoneTable, zones_needed

SAMPLE = 500
"""Users whose sends are read: a share of them is off by 4 percentage points at most, 19 times of 20."""

MAX_RULES = 8
"""Caps that are told, those of most users first: users may have caps of their own."""

MAX_STEPS = 11
"""Bars of a cap: from none to ten sends each, else ranges."""


def cap_usage(users: Iterable[User], now: datetime) -> list[RuleSpread]:
    """Return how full each cap is, those of most users first. A cap is known by its name and its limit."""
    zones: dict[str, ZoneTable] = {}
    used: defaultdict[tuple[str, int], Counter[int]] = defaultdict(Counter)
    for user in users:
        limits = _limits(user, zones, now)
        for rule in limits.policy.rules:
            used[rule.name, rule.limit][len(counted(rule, limits, user.sends, now))] += 1
    frequent = sorted(used.items(), key=lambda item: -item[1].total())[:MAX_RULES]
    return [
        RuleSpread(rule=name, limit=limit, users=counts.total(), steps=_steps(counts, limit))
        for (name, limit), counts in frequent
    ]


def _limits(user: User, zones: dict[str, ZoneTable], now: datetime) -> Limits:
    policy = user.settings.policy or policy_of(default_at(user.defaults, now))
    table = ZoneTable(read_at=now)
    for name in zones_needed([policy], None, user.timezone):
        if name not in zones:
            zones[name] = read_zones([name], now)
        table.offsets.update(zones[name].offsets)
    return Limits(policy, Preferences(), table, timezone=user.timezone)


def _steps(counts: Mapping[int, int], limit: int) -> list[UsageStep]:
    """Return the users by how much they have used, in few steps; the full cap is a step of its own."""
    width = max(1, -(-limit // (MAX_STEPS - 1)))
    below = [(first, min(first + width, limit) - 1) for first in range(0, limit, width)]
    most = max(counts, default=0)
    ranges = [*below, (limit, limit), *([(limit + 1, most)] if most > limit else [])]
    return [
        UsageStep(first=first, last=last, users=sum(users for used, users in counts.items() if first <= used <= last))
        for first, last in ranges
    ]
