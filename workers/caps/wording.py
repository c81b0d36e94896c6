"""Caps in words, and what differs between two policies. Pure functions."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from humanize import precisedelta

from workflows.campaigns.models import CapPolicy, CapRule, RollingWindow

NO_CAPS = "  no caps: nobody who follows it is limited"


def moment_words(moment: datetime) -> str:
    """Return a moment as it is written everywhere in these commands."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC")


def rule_words(rule: CapRule) -> str:
    """Return what a cap allows, such as ``2 in any 1 day, by email``."""
    window = rule.window
    if isinstance(window, RollingWindow):
        when = f"in any {precisedelta(timedelta(seconds=window.rolling_seconds))}"
    else:
        first = f" from {window.first_day.capitalize()}" if window.calendar == "week" else ""
        when = f"in each calendar {window.calendar}{first}, {window.timezone or 'in the zone of the user'}"
    of = f", by {rule.channel}" if rule.channel else ""
    tagged = f", tagged {rule.tag}" if rule.tag else ""
    return f"{rule.limit:,} {when}{of}{tagged}"


def policy_lines(policy: CapPolicy) -> Iterator[str]:
    """Return a line for each cap."""
    width = max((len(rule.name) for rule in policy.rules), default=0)
    for rule in policy.rules:
        yield f"  {rule.name:<{width}}  {rule_words(rule)}"
    if not policy.rules:
        yield NO_CAPS
    if not policy.count_transactional:
        yield "  transactional messages do not count"


def changes(before: CapPolicy, after: CapPolicy) -> Iterator[str]:
    """Return a line for each cap that differs."""
    old, new = ({rule.name: rule for rule in policy.rules} for policy in (before, after))
    for name, rule in old.items():
        if name not in new:
            yield f"  - {name}: {rule_words(rule)}"
    for name, rule in new.items():
        if name not in old:
            yield f"  + {name}: {rule_words(rule)}"
        elif rule != old[name]:
            yield f"  ~ {name}: {rule_words(old[name])} → {rule_words(rule)}"
    if before.count_transactional != after.count_transactional:
        yield f"  ~ transactional messages {'count' if after.count_transactional else 'do not count'} from then on"
