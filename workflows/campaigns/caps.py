"""Frequency caps: whether a message may go to a user now, and when it could. Pure functions.

A rolling window of W seconds is half-open: a send counts for exactly W seconds. So no stretch of W seconds, wherever it
begins, holds more than ``limit`` granted sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workflows.campaigns.bounces import SUPPRESSED, Suppression, suppressed, suppression_on
from workflows.campaigns.local_time import NEVER, Clock, calendar_period, calendar_period_end, open_from, quiet_until
from workflows.campaigns.models import (
    OPTED_OUT,
    QUIET_HOURS,
    SEND_WINDOW,
    CalendarWindow,
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
from workflows.campaigns.zones import RETRY, ZoneTable

SHOWN_SENDS = 5
"""Latest sends of a rule that its usage names."""
SHOWN_FIELDS = set(RecentSend.model_fields)
ROUNDS = 64
"""Of looking for a time that quiet hours and a send window both allow: two pass a day, and they repeat weekly."""


class CountedSend(RecentSend):
    """A send that counts, with every field that a rule may use."""

    tags: list[str]
    transactional: bool = False


def opted_out(channel: Channel) -> str:
    """Return the rule named by a denial when the user has opted out of ``channel``."""
    return f"{OPTED_OUT} {channel}"


def is_no_consent(rule: str | None) -> bool:
    """Return whether a denial names no cap, but an opt-out or a suppression."""
    return rule is not None and rule.startswith((OPTED_OUT, SUPPRESSED))


@dataclass(frozen=True)
class Limits:
    """What limits the sends to one user, and the clocks that its caps and quiet hours are told by."""

    policy: CapPolicy
    preferences: Preferences
    zones: ZoneTable = field(default_factory=ZoneTable)
    suppressions: Sequence[Suppression] = ()
    timezone: str = "UTC"
    """The user's own, for send windows, and calendar windows that name none."""

    def clock(self, zone: str | None = None) -> Clock | None:
        """Return the clock of a time zone, the user's if none is named; None if its rules are not known."""
        return self.zones.clock(self.timezone if zone is None else zone)


def decide(send: SendRequest, limits: Limits, sends: Sequence[CountedSend], now: datetime) -> SendDecision:
    """Decide on a message at ``now``, after ``sends`` (oldest first).

    An opt-out denies it, a cap denies it until its window has room, quiet hours defer it until they end. Of several
    caps the one that refuses longest is named. A transactional message passes all these. A suppressed address denies
    every message, and its campaign's send window until it opens. Caps, quiet hours and send windows in a time zone
    whose rules are not known refuse it for a while.
    """
    if found := suppression_on(send.channel, limits.suppressions):
        return SendDecision(decision=Decision.DENIED, send_id=send.send_id, rule=suppressed(found))
    if send.transactional:
        return _refuse_by_time(send, limits, now) or SendDecision(decision=Decision.GRANTED, send_id=send.send_id)
    if not getattr(limits.preferences.channels, send.channel):
        return SendDecision(decision=Decision.DENIED, send_id=send.send_id, rule=opted_out(send.channel))
    refusal = _refuse_by_cap(send, limits, sends, now) or _refuse_by_time(send, limits, now)
    return refusal or SendDecision(decision=Decision.GRANTED, send_id=send.send_id)


def usage(limits: Limits, sends: Sequence[CountedSend], now: datetime) -> list[RuleUsage]:
    """Return how much of each cap is used at ``now``."""
    used = ((rule, counted(rule, limits, sends, now)) for rule in limits.policy.rules)
    return [
        RuleUsage(
            rule=rule.name,
            used=len(taken),
            limit=rule.limit,
            resets_at=_room_at(rule, limits, taken, now),
            filled_by=[RecentSend(**send.model_dump(include=SHOWN_FIELDS)) for send in reversed(taken[-SHOWN_SENDS:])],
        )
        for rule, taken in used
    ]


def applies(rule: CapRule, channel: Channel, tags: Sequence[str]) -> bool:
    """Return whether ``rule`` counts messages of the channel with the tags."""
    return rule.channel in (None, channel) and (rule.tag is None or rule.tag in tags)


def counted(rule: CapRule, limits: Limits, sends: Sequence[CountedSend], now: datetime) -> list[CountedSend]:
    """Return the ``sends`` that ``rule`` counts at ``now``, in their order: all, if it is in an unknown time zone."""
    every = limits.policy.count_transactional
    matching = [send for send in sends if applies(rule, send.channel, send.tags) and (every or not send.transactional)]
    window = rule.window
    if isinstance(window, RollingWindow):
        length = timedelta(seconds=window.rolling_seconds)
        return [send for send in matching if send.at + length > now]
    clock = limits.clock(window.timezone)
    if clock is None:
        return matching
    current = calendar_period(window, clock, now)
    return [send for send in matching if calendar_period(window, clock, send.at) == current]


def longest(window: RollingWindow | CalendarWindow) -> timedelta:
    """Return the longest time for which a send counts, on days when the clocks change too."""
    if isinstance(window, RollingWindow):
        return timedelta(seconds=window.rolling_seconds)
    return timedelta(days={"hour": 1, "day": 2, "week": 8, "month": 32}[window.calendar])


def _has_clock(rule: CapRule, limits: Limits) -> bool:
    return isinstance(rule.window, RollingWindow) or limits.clock(rule.window.timezone) is not None


def _room_at(rule: CapRule, limits: Limits, taken: Sequence[CountedSend], now: datetime) -> datetime | None:
    """Return when the rule has room again, or more room; None when nothing counts, or when its limit is 0."""
    if rule.limit == 0 or (not taken and _has_clock(rule, limits)):
        return None
    if isinstance(rule.window, RollingWindow):
        return taken[max(0, len(taken) - rule.limit)].at + timedelta(seconds=rule.window.rolling_seconds)
    clock = limits.clock(rule.window.timezone)
    return now + RETRY if clock is None else calendar_period_end(rule.window, clock, now)


def _opens_at(send: SendRequest, limits: Limits, moment: datetime) -> datetime:
    """Return when the send window of the message is open, from ``moment`` on, or is asked for again."""
    if send.send_window is None:
        return moment
    clock = limits.clock()
    return moment + RETRY if clock is None else open_from(send.send_window, clock, moment)


def _time_for(send: SendRequest, limits: Limits, moment: datetime) -> datetime | None:
    """Return the first moment, from ``moment`` on, in the send window and in no quiet hours; None if there is none."""
    quiet = None if send.transactional else limits.preferences.quiet_hours
    quiet_clock = limits.clock(quiet.timezone) if quiet else None
    if (quiet and quiet_clock is None) or (send.send_window and limits.clock() is None):
        return moment + RETRY
    for _ in range(ROUNDS):
        ends = quiet_until(quiet, quiet_clock, moment) if quiet and quiet_clock else moment
        opens = _opens_at(send, limits, ends)
        if opens == moment:
            return moment
        moment = opens
    return None


def _refuse_by_time(send: SendRequest, limits: Limits, now: datetime) -> SendDecision | None:
    until = _time_for(send, limits, now)
    if until == now:
        return None
    decision, rule = Decision.DEFERRED, QUIET_HOURS
    if until is None or _opens_at(send, limits, now) > now:
        decision, rule = Decision.DENIED, SEND_WINDOW
    return SendDecision(decision=decision, send_id=send.send_id, rule=rule, next_eligible_at=until)


def _refuse_by_cap(
    send: SendRequest, limits: Limits, sends: Sequence[CountedSend], now: datetime
) -> SendDecision | None:
    refusals = [
        (rule, _room_at(rule, limits, taken, now))
        for rule in limits.policy.rules
        if applies(rule, send.channel, send.tags)
        and (len(taken := counted(rule, limits, sends, now)) >= rule.limit or not _has_clock(rule, limits))
    ]
    if not refusals:
        return None
    rule, free_at = max(refusals, key=lambda refusal: refusal[1] or NEVER)
    return SendDecision(
        decision=Decision.DENIED,
        send_id=send.send_id,
        rule=rule.name,
        next_eligible_at=free_at and _time_for(send, limits, free_at),
    )
