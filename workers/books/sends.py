"""Whether campaigns sent more than a user's caps allow. Pure functions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workers.books.findings import Finding, Remedies
from workflows.campaigns.caps import CountedSend, Limits, applies, counted, longest
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import DEFAULT_POLICY, CapPolicy, Preferences
from workflows.campaigns.zones import ZoneTable


@dataclass(frozen=True)
class Recorded:
    """A send that the store knows."""

    send: CountedSend
    """``at`` is when it was granted, or what a report said."""
    known_at: datetime
    """When the user's actor surely counted it."""
    granted: bool
    """Whether a cap must have allowed it: it is a campaign's, and not transactional."""


@dataclass(frozen=True)
class UserPolicy:
    """A user's caps, since when, the user's time zone, and the UTC offsets of the time zones."""

    policy: CapPolicy = field(default_factory=lambda: DEFAULT_POLICY)
    since: datetime | None = None
    zones: ZoneTable = field(default_factory=ZoneTable)
    timezone: str = "UTC"


def reach(policies: Iterable[UserPolicy]) -> timedelta:
    """Return how old a send may be that matters to one of the policies, or to the default one."""
    rules = [rule for each in (UserPolicy(), *policies) for rule in each.policy.rules]
    return 2 * max((longest(rule.window) for rule in rules), default=timedelta())


def judge_sends(
    user_id: str, sends: Sequence[Recorded], own: UserPolicy, remedies: Remedies, now: datetime
) -> Iterator[Finding]:
    """Return which sends, oldest first, were beyond a cap whose window is not over."""
    limits = Limits(own.policy, Preferences(), own.zones, timezone=own.timezone)
    for number, each in enumerate(sends):
        if not each.granted or (own.since is not None and each.send.at <= own.since):
            continue
        for rule in own.policy.rules:
            if not applies(rule, each.send.channel, each.send.tags) or not counted(rule, limits, [each.send], now):
                continue
            earlier = [other.send for other in sends[:number] if other.known_at <= each.send.at]
            before = counted(rule, limits, earlier, each.send.at)
            if len(before) >= rule.limit:
                amount = f"after {len(before)} sends to user {user_id}, and {rule.name} allows {rule.limit}"
                mend = remedies.terminate(actor_workflow_id(user_id))
                yield Finding("send beyond a cap", f"message {each.send.send_id}", amount, mend)
                break
