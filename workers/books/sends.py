"""Whether campaigns sent more than a user's caps allow. Pure functions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workers.books.findings import Finding, Remedies
from workflows.campaigns.actor_state import KEPT_DAYS
from workflows.campaigns.caps import CountedSend, applies, counted
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import DEFAULT_POLICY, CapPolicy, CapRule, RollingWindow
from workflows.campaigns.zones import ZoneTable

SLACK = timedelta(minutes=10)
"""How long after it was granted a send may be recorded: a batch with a rate, or a retry, takes that long."""


@dataclass(frozen=True)
class Recorded:
    """A send that the store knows."""

    send: CountedSend
    """``at`` is when it was recorded, or what a report said."""
    known_at: datetime
    granted: bool
    """Whether a cap must have allowed it: it is a campaign's, and not transactional."""


@dataclass(frozen=True)
class UserPolicy:
    """A user's caps, since when, and the UTC offsets of their time zones."""

    policy: CapPolicy = field(default_factory=lambda: DEFAULT_POLICY)
    since: datetime | None = None
    zones: ZoneTable = field(default_factory=ZoneTable)


def reach(policies: Iterable[UserPolicy]) -> timedelta:
    """Return how old a send may be that matters to one of the policies, or to the default one."""
    rules = [rule for each in (UserPolicy(), *policies) for rule in each.policy.rules]
    return 2 * max((_length(rule) for rule in rules), default=timedelta()) + SLACK


def judge_sends(
    user_id: str, sends: Sequence[Recorded], own: UserPolicy, remedies: Remedies, now: datetime
) -> Iterator[Finding]:
    """Return which sends, oldest first, were beyond a cap whose window is not over."""
    for number, each in enumerate(sends):
        if not each.granted or (own.since is not None and each.send.at - SLACK <= own.since):
            continue
        for rule in own.policy.rules:
            if not applies(rule, each.send.channel, each.send.tags) or not counted(rule, own.zones, [each.send], now):
                continue
            before = counted(rule, own.zones, _surely_before(each, sends[:number]), each.send.at)
            if len(before) >= rule.limit:
                amount = f"after {len(before)} sends to user {user_id}, and {rule.name} allows {rule.limit}"
                mend = remedies.terminate(actor_workflow_id(user_id))
                yield Finding("send beyond a cap", f"message {each.send.send_id}", amount, mend)
                break


def _surely_before(judged: Recorded, earlier: Sequence[Recorded]) -> list[CountedSend]:
    """Return what counted when a send was granted, each as early as it may have been granted itself.

    Of two sends that needed a cap's leave, the one that was recorded later may have been granted first: one of them
    was beyond the cap all the same.
    """
    return [
        each.send.model_copy(update={"at": each.send.at - SLACK})
        for each in earlier
        if each.granted or each.known_at + SLACK <= judged.send.at
    ]


def _length(rule: CapRule) -> timedelta:
    if isinstance(rule.window, RollingWindow):
        return timedelta(seconds=rule.window.rolling_seconds)
    return timedelta(days=KEPT_DAYS)
