"""Caps against a plain count, on every kind of day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaigns.strategies import (
    TABLE,
    any_policy,
    channels,
    moments,
    preferences,
    send_windows,
    sends_before,
    tags,
    zones,
)
from tests.support.campaigns import send
from tests.support.profiles import examples
from workflows.campaigns.caps import CountedSend, Limits, decide, usage
from workflows.campaigns.models import (
    QUIET_HOURS,
    SEND_WINDOW,
    CalendarWindow,
    CapPolicy,
    CapRule,
    Channel,
    Decision,
    Preferences,
    QuietHours,
    RollingWindow,
    SendDecision,
    SendRequest,
    SendWindow,
)
from workflows.shared.zones import zone_info

requests = st.builds(
    send,
    channel=channels,
    tags=tags,
    transactional=st.sampled_from([False, False, False, True]),
    send_window=st.none() | send_windows,
)


def plain_count(rule: CapRule, policy: CapPolicy, own: str, sends: list[CountedSend], now: datetime) -> int:
    """Count as the contract says it, send by send."""
    count = 0
    for each in sends:
        if each.transactional and not policy.count_transactional:
            continue
        if rule.channel is not None and each.channel != rule.channel:
            continue
        if rule.tag is not None and rule.tag not in each.tags:
            continue
        if isinstance(rule.window, RollingWindow):
            count += (now - each.at).total_seconds() < rule.window.rolling_seconds
        else:
            count += plain_period(rule.window, own, each.at) == plain_period(rule.window, own, now)
    return count


def plain_period(window: CalendarWindow, own: str, moment: datetime) -> object:
    """Name the hour, day, week or month by what a clock and a calendar on the wall show."""
    shown = moment.astimezone(zone_info(window.timezone or own))
    if window.calendar == "hour":
        return f"{shown:%Y-%m-%d %H %z}"
    if window.calendar == "month":
        return f"{shown:%Y-%m}"
    day = shown.date()
    while window.calendar == "week" and f"{day:%A}".lower() != window.first_day:
        day -= timedelta(days=1)
    return day


def plain_quiet(chosen: Preferences, now: datetime) -> bool:
    """Compare clocks as text."""
    quiet = chosen.quiet_hours
    if quiet is None:
        return False
    clock = now.astimezone(zone_info(quiet.timezone)).strftime("%H:%M")
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return not quiet.end <= clock < quiet.start


def plain_closed(window: SendWindow | None, own: str, now: datetime) -> bool:
    """Walk back, minute by minute on the clock of the wall, to the start that the window was opened by."""
    if window is None:
        return False
    shown = now.astimezone(zone_info(own)).replace(tzinfo=None)
    start, end = window.start or "00:00", window.end or "24:00"
    for days in (0, 1):
        day = shown.date() - timedelta(days=days)
        clock = f"{shown.hour + 24 * days:02}:{shown.minute:02}"
        until = end if start < end else f"{int(end[:2]) + 24:02}{end[2:]}"
        if f"{day:%A}".lower() in window.weekdays and start <= clock < until:
            return False
    return True


def plain_decision(
    request: SendRequest, policy: CapPolicy, chosen: Preferences, own: str, sends: list[CountedSend], now: datetime
) -> Decision:
    closed = plain_closed(request.send_window, own, now)
    if request.transactional:
        return Decision.DENIED if closed else Decision.GRANTED
    if not getattr(chosen.channels, request.channel):
        return Decision.DENIED
    for rule in policy.rules:
        concerned = rule.channel in (None, request.channel) and (rule.tag is None or rule.tag in request.tags)
        if concerned and plain_count(rule, policy, own, sends, now) >= rule.limit:
            return Decision.DENIED
    if closed:
        return Decision.DENIED
    return Decision.DEFERRED if plain_quiet(chosen, now) else Decision.GRANTED


@examples(150, far=5_000, shrinks=True)
@given(st.data(), requests, any_policy, preferences, zones, moments)
def test_decisions_agree_with_a_plain_count(
    data: st.DataObject, request: SendRequest, policy: CapPolicy, chosen: Preferences, own: str, now: datetime
) -> None:
    sends = data.draw(sends_before(now))
    decision = decide(request, Limits(policy, chosen, TABLE, timezone=own), sends, now)
    if decision.rule == SEND_WINDOW and decision.next_eligible_at is None:  # it is never open but in quiet hours
        week = (now + timedelta(minutes=minutes) for minutes in range(0, 8 * 24 * 60, 7))
        assert all(plain_closed(request.send_window, own, each) or plain_quiet(chosen, each) for each in week)
        return
    assert decision.decision is plain_decision(request, policy, chosen, own, sends, now)
    assert (decision.rule is None) == (decision.decision is Decision.GRANTED)
    for used in usage(Limits(policy, Preferences(), TABLE, timezone=own), sends, now):
        rule = next(rule for rule in policy.rules if rule.name == used.rule)
        assert used.used == plain_count(rule, policy, own, sends, now)


@examples(400, far=5_000, shrinks=True)  # most sends are granted, or never will be: those have no such time
@given(st.data(), requests, any_policy, preferences, zones, moments)
def test_the_named_time_is_the_first_at_which_the_send_is_granted(
    data: st.DataObject, request: SendRequest, policy: CapPolicy, chosen: Preferences, own: str, now: datetime
) -> None:
    sends = data.draw(sends_before(now))

    def decided(at: datetime) -> SendDecision:
        return decide(request, Limits(policy, chosen, TABLE, timezone=own), sends, at)

    eligible_at = decided(now).next_eligible_at
    if eligible_at is None:
        return
    assert eligible_at > now
    assert decided(eligible_at).decision is Decision.GRANTED
    if not put_back_between(chosen, now, eligible_at):
        assert decided(eligible_at - timedelta(seconds=1)).decision is not Decision.GRANTED


def put_back_between(chosen: Preferences, first: datetime, second: datetime) -> bool:
    """Return whether the clock of the quiet hours repeats an hour, which may hold a quiet hour's start again."""
    if chosen.quiet_hours is None:
        return False
    zone = zone_info(chosen.quiet_hours.timezone)
    before, after = (moment.astimezone(zone).utcoffset() for moment in (first, second))
    assert before is not None
    assert after is not None
    return after < before


def test_the_rule_that_refuses_longest_is_named() -> None:
    now = datetime(2025, 6, 2, 12, tzinfo=UTC)
    policy = CapPolicy(
        rules=[
            CapRule(name="daily", limit=1, window=RollingWindow(rolling_seconds=86_400)),
            CapRule(name="weekly", limit=1, window=CalendarWindow(calendar="week", timezone="Europe/Paris")),
        ]
    )
    sends = [CountedSend(send_id="S", campaign_id="C", channel=Channel.EMAIL, tags=[], at=now - timedelta(hours=1))]
    decision = decide(send(), Limits(policy, Preferences(), TABLE), sends, now)
    assert decision.rule == "weekly"
    assert decision.next_eligible_at == datetime(2025, 6, 8, 22, tzinfo=UTC)


def test_a_cap_of_zero_never_allows() -> None:
    policy = CapPolicy(rules=[CapRule(name="none", limit=0, window=RollingWindow(rolling_seconds=60))])
    decision = decide(send(), Limits(policy, Preferences(), TABLE), [], datetime.now(UTC))
    assert (decision.decision, decision.rule, decision.next_eligible_at) == (Decision.DENIED, "none", None)


@pytest.mark.parametrize(
    ("rules", "quiet", "kind", "rule"),
    [
        ([CapRule(name="a", limit=5, window=CalendarWindow(calendar="day", timezone="Asia/New"))], None, "DENIED", "a"),
        ([], QuietHours(start="22:00", end="07:00", timezone="Asia/New"), "DEFERRED", QUIET_HOURS),
    ],
)
def test_a_zone_whose_rules_are_not_known_refuses_for_an_hour(
    rules: list[CapRule], quiet: QuietHours | None, kind: str, rule: str
) -> None:
    now = datetime(2025, 6, 2, 12, tzinfo=UTC)
    limits = Limits(CapPolicy(rules=rules), Preferences(quiet_hours=quiet))
    decision = decide(send(), limits, [], now)
    assert (decision.decision, decision.rule) == (kind, rule)
    assert decision.next_eligible_at == now + timedelta(hours=1)
    assert decide(send(transactional=True), limits, [], now).decision is Decision.GRANTED


def test_a_send_window_in_a_zone_whose_rules_are_not_known_refuses_for_an_hour() -> None:
    now = datetime(2025, 6, 2, 12, tzinfo=UTC)
    limits = Limits(CapPolicy(rules=[]), Preferences(), TABLE, timezone="Mars/Olympus")
    for transactional in (False, True):
        decision = decide(send(send_window=SendWindow(), transactional=transactional), limits, [], now)
        assert (decision.decision, decision.rule) == (Decision.DENIED, SEND_WINDOW)
        assert decision.next_eligible_at == now + timedelta(hours=1)


def test_caps_quiet_hours_and_a_send_window_together() -> None:
    """The cap has room on Saturday at noon in Paris; the window opens on Monday at nine, and quiet hours end at ten."""
    sent = CountedSend(
        send_id="S", campaign_id="C", channel=Channel.EMAIL, tags=[], at=datetime(2025, 6, 6, 10, tzinfo=UTC)
    )
    policy = CapPolicy(rules=[CapRule(name="1 a day", limit=1, window=RollingWindow(rolling_seconds=86_400))])
    quiet = QuietHours(start="20:00", end="10:00", timezone="Europe/Paris")
    window = SendWindow(weekdays=["monday", "friday"], start="09:00", end="17:00")
    limits = Limits(policy, Preferences(quiet_hours=quiet), TABLE, timezone="Europe/Paris")
    decision = decide(send(send_window=window), limits, [sent], datetime(2025, 6, 6, 11, tzinfo=UTC))
    assert (decision.rule, decision.next_eligible_at) == ("1 a day", datetime(2025, 6, 9, 8, tzinfo=UTC))
    never = decide(
        send(send_window=SendWindow(start="21:00", end="23:00")), limits, [], datetime(2025, 6, 6, 11, tzinfo=UTC)
    )
    assert (never.decision, never.rule, never.next_eligible_at) == (Decision.DENIED, SEND_WINDOW, None)
