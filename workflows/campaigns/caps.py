"""Frequency caps: whether a message may go to a user now, and when it could. Pure functions.

A rolling window of W seconds is half-open: a send counts for exactly W seconds. So no stretch of W seconds, wherever it
begins, holds more than ``limit`` granted sends.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from workflows.campaigns.local_time import calendar_period, calendar_period_end, is_quiet, quiet_until
from workflows.campaigns.models import (
    OPTED_OUT,
    QUIET_HOURS,
    CapPolicy,
    CapRule,
    Channel,
    Decision,
    Preferences,
    RecentSend,
    RollingWindow,
    RuleUsage,
    SendDecision,
    SendRequest,
)

NEVER = datetime.max.replace(tzinfo=UTC)


class CountedSend(RecentSend):
    """A send that counts, with every field that a rule may use."""

    tags: list[str]


def opted_out(channel: Channel) -> str:
    """Return the rule named by a denial when the user has opted out of ``channel``."""
    return f"{OPTED_OUT} {channel}"


def decide(
    send: SendRequest, *, policy: CapPolicy, preferences: Preferences, sends: Sequence[CountedSend], now: datetime
) -> SendDecision:
    """Decide on a message at ``now``, after ``sends`` (oldest first).

    An opt-out denies it, a cap denies it until its window has room, quiet hours defer it until they end. Of several
    caps the one that refuses longest is named. A transactional message passes caps and quiet hours, not an opt-out.
    """
    if not getattr(preferences.channels, send.channel):
        return SendDecision(decision=Decision.DENIED, send_id=send.send_id, rule=opted_out(send.channel))
    if send.transactional:
        return SendDecision(decision=Decision.GRANTED, send_id=send.send_id)
    refusal = _refuse_by_cap(send, policy, preferences, sends, now)
    if refusal is not None:
        return refusal
    quiet = preferences.quiet_hours
    if quiet is not None and is_quiet(quiet, now):
        until = quiet_until(quiet, now)
        return SendDecision(decision=Decision.DEFERRED, send_id=send.send_id, rule=QUIET_HOURS, next_eligible_at=until)
    return SendDecision(decision=Decision.GRANTED, send_id=send.send_id)


def usage(policy: CapPolicy, sends: Sequence[CountedSend], now: datetime) -> list[RuleUsage]:
    """Return how much of each cap is used at ``now``."""
    used = ((rule, counted(rule, sends, now)) for rule in policy.rules)
    return [
        RuleUsage(rule=rule.name, used=len(taken), limit=rule.limit, resets_at=_room_at(rule, taken, now))
        for rule, taken in used
    ]


def applies(rule: CapRule, channel: Channel, tags: Sequence[str]) -> bool:
    """Return whether ``rule`` counts messages of the channel with the tags."""
    return rule.channel in (None, channel) and (rule.tag is None or rule.tag in tags)


def counted(rule: CapRule, sends: Sequence[CountedSend], now: datetime) -> list[CountedSend]:
    """Return the ``sends`` that ``rule`` counts at ``now``, in their order."""
    matching = [send for send in sends if applies(rule, send.channel, send.tags)]
    window = rule.window
    if isinstance(window, RollingWindow):
        length = timedelta(seconds=window.rolling_seconds)
        return [send for send in matching if send.at + length > now]
    current = calendar_period(window, now)
    return [send for send in matching if calendar_period(window, send.at) == current]


def _room_at(rule: CapRule, taken: Sequence[CountedSend], now: datetime) -> datetime | None:
    """Return when the rule has room again, or more room; None when nothing counts, or when its limit is 0."""
    if not taken or rule.limit == 0:
        return None
    if isinstance(rule.window, RollingWindow):
        return taken[max(0, len(taken) - rule.limit)].at + timedelta(seconds=rule.window.rolling_seconds)
    return calendar_period_end(rule.window, now)


def _refuse_by_cap(
    send: SendRequest, policy: CapPolicy, preferences: Preferences, sends: Sequence[CountedSend], now: datetime
) -> SendDecision | None:
    refusals = [
        (rule, _room_at(rule, taken, now))
        for rule in policy.rules
        if applies(rule, send.channel, send.tags) and len(taken := counted(rule, sends, now)) >= rule.limit
    ]
    if not refusals:
        return None
    rule, free_at = max(refusals, key=lambda refusal: refusal[1] or NEVER)
    quiet = preferences.quiet_hours
    return SendDecision(
        decision=Decision.DENIED,
        send_id=send.send_id,
        rule=rule.name,
        next_eligible_at=quiet_until(quiet, free_at) if quiet and free_at else free_at,
    )
