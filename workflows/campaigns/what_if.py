"""What the sends of the past would have been under another policy. Pure functions.

Only sends that went out, or may have, are recorded, so this tells which of them would have been refused; what a wider
policy would have let through is not known.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workflows.campaigns.caps import CountedSend, Limits, decide, longest
from workflows.campaigns.models import CapPolicy, Decision, Preferences, SendRequest
from workflows.campaigns.zones import ZoneTable


@dataclass(frozen=True)
class PastSend:
    """A send that went out, or may have; ``bound`` if a cap decides on it: a campaign's that is not transactional."""

    send: CountedSend
    bound: bool


@dataclass
class WhatIf:
    """How the sends of a time would have ended under a policy."""

    sends: int = 0
    people: int = 0
    refused: int = 0
    refused_people: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    """Refusals by the rule that would have refused longest."""


def reach(policy: CapPolicy) -> timedelta:
    """Return how old a send may be that still counts for the policy."""
    return max((longest(rule.window) for rule in policy.rules), default=timedelta())


def what_if(
    policy: CapPolicy,
    zones: ZoneTable,
    sends: Mapping[str, Sequence[PastSend]],
    since: datetime,
    own_zones: Mapping[str, str] | None = None,
) -> WhatIf:
    """Judge each person's sends, oldest first, from ``since`` on; older ones count as they were.

    A send that is refused does not count for those after it. ``own_zones`` are the time zones of persons.
    """
    told, far = WhatIf(), reach(policy)
    for person, mine in sends.items():
        limits = Limits(policy, Preferences(), zones, timezone=(own_zones or {}).get(person, ""))
        rules = _refusals(limits, far, mine, since)
        judged = sum(each.send.at >= since for each in mine)
        told.sends += judged
        told.people += judged > 0
        told.refused += len(rules)
        told.refused_people += bool(rules)
        told.by_rule.update(rules)
    return told


def _refusals(limits: Limits, far: timedelta, sends: Sequence[PastSend], since: datetime) -> list[str]:
    """Return the rule of each refusal."""
    kept: list[CountedSend] = []
    rules: list[str] = []
    for each in sends:
        kept = [send for send in kept if send.at > each.send.at - far]
        if each.bound and each.send.at >= since:
            decision = decide(_asked(each.send), limits, kept, each.send.at)
            if decision.decision is not Decision.GRANTED:
                rules.append(decision.rule or "")
                continue
        kept.append(each.send)
    return rules


def _asked(send: CountedSend) -> SendRequest:
    return SendRequest.model_construct(
        send_id=send.send_id, campaign_id=send.campaign_id, channel=send.channel, tags=send.tags, transactional=False
    )
