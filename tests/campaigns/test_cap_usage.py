"""How full the caps of many users are: everybody is in one bar, however many bars and users there are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.campaigns import World, campaign
from tests.support.profiles import examples
from workflows.campaigns.cap_usage import MAX_RULES, MAX_STEPS, SAMPLE, cap_usage
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.models import CalendarWindow, CapPolicy, CapRule, Channel, Preferences, RollingWindow
from workflows.campaigns.ports import User
from workflows.campaigns.steps import UserSettings

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY = RollingWindow(rolling_seconds=86_400)


def user(number: int, sends: int, policy: CapPolicy | None = None) -> User:
    made = [
        CountedSend(send_id=str(each), campaign_id="C", channel=Channel.EMAIL, at=NOW - timedelta(minutes=1), tags=[])
        for each in range(sends)
    ]
    settings = UserSettings(policy=policy)
    return User(f"U{number}", "", "", "Europe/Paris", Preferences(), settings=settings, sends=made)


@examples(40, far=2_000, shrinks=True)
@given(st.lists(st.integers(0, 30), max_size=30), st.integers(0, 1000))
def test_everybody_is_in_one_bar(sends: list[int], limit: int) -> None:
    policy = CapPolicy(rules=[CapRule(name="cap", limit=limit, window=DAY)])
    rules = cap_usage([user(number, count, policy) for number, count in enumerate(sends)], NOW)
    assert len(rules) == bool(sends)
    for rule in rules:
        assert sum(step.users for step in rule.steps) == rule.users == len(sends)
        assert len(rule.steps) <= MAX_STEPS + 1
        assert [step.last + 1 for step in rule.steps[:-1]] == [step.first for step in rule.steps[1:]]
        full = sum(step.users for step in rule.steps if step.first >= limit)
        assert full == sum(count >= limit for count in sends)


def test_users_have_the_caps_of_their_own_policy_in_their_own_time_zone() -> None:
    windows = [CalendarWindow(calendar="day"), CalendarWindow(calendar="day", timezone="Mars/Olympus")]
    own = CapPolicy(rules=[CapRule(name=f"{window.timezone}", limit=1, window=window) for window in windows])
    rules = {rule.rule: rule for rule in cap_usage([user(1, 1), user(2, 3), user(3, 1, own)], NOW)}
    assert [(step.first, step.users) for step in rules["2 a day on email"].steps] == [(0, 0), (1, 1), (2, 0), (3, 1)]
    assert rules["None"].users == rules["Mars/Olympus"].users == 1
    many = [
        user(number, 0, CapPolicy(rules=[CapRule(name=f"cap {number}", limit=1, window=DAY)])) for number in range(20)
    ]
    assert len(cap_usage(many, NOW)) == MAX_RULES
    assert cap_usage([], NOW) == []


async def test_a_bounded_number_of_users_is_read(world: World) -> None:
    users = world.add_users(SAMPLE + 20, segment="crowd")
    await world.run(campaign(users[:3]))
    usage = await world.campaigns.cap_usage("crowd")
    assert (usage.segment, usage.total, usage.sampled) == ("crowd", SAMPLE + 20, SAMPLE)
    again = await world.campaigns.cap_usage("crowd")
    assert again.rules == usage.rules
    assert (await world.campaigns.cap_usage()).total >= SAMPLE + 20
    nobody = await world.campaigns.cap_usage("no such segment")
    assert (nobody.total, nobody.rules) == (0, [])


async def test_usage_is_what_was_sent(world: World) -> None:
    users = world.add_users(4, segment="small")
    await world.run(campaign(users[:3]))
    await world.run(campaign(users[:1]))
    usage = await world.campaigns.cap_usage("small")
    day = next(rule for rule in usage.rules if rule.rule == "2 a day on email")
    assert [step.users for step in day.steps] == [1, 2, 1]
