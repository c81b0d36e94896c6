"""The actor's rules under any sequence of senders, releases, reports and continue-as-new."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.campaigns.strategies import policies, rolling_windows
from tests.support.campaigns import FENCE, capped, send
from tests.support.profiles import examples
from workflows.campaigns import actor_state
from workflows.campaigns.actor_state import ActorState
from workflows.campaigns.models import (
    CapPolicy,
    Channel,
    Decision,
    MessageSent,
    Preferences,
    RollingWindow,
    SetPreferences,
)
from workflows.campaigns.steps import UserSettings

START = datetime(2025, 3, 29, 12, tzinfo=UTC)
REMEMBERED = 6


class Granted(NamedTuple):
    """A send that was granted."""

    send_id: str
    channel: Channel
    at: datetime


def new_state(policy: CapPolicy) -> ActorState:
    settings = UserSettings(policy=policy)
    return ActorState(
        user_id="U", since=START, timezone="UTC", preferences=Preferences(), settings=settings, fence=FENCE
    )


class Actor(RuleBasedStateMachine):
    """Compares the actor, which forgets, with a list of all that was granted, which does not."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.number = 0
        self.granted: list[Granted] = []
        self.remembered: list[Granted] = []
        self.state = new_state(CapPolicy(rules=[]))

    @initialize(policy=policies(rolling_windows))
    def begin(self, policy: CapPolicy) -> None:
        """Start with some caps."""
        rules = [each.model_copy(update={"tag": None}) for each in policy.rules]
        self.state = new_state(CapPolicy(rules=rules))

    @rule(seconds=st.integers(0, 86_400))
    def time_goes_by(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    @rule(channel=st.sampled_from(Channel))
    def ask(self, channel: Channel) -> None:
        """Ask for a new message."""
        self.reserve(self.new_id(), channel)

    @rule(back=st.integers(1, REMEMBERED + 2))
    def ask_again(self, back: int) -> None:
        """Repeat a message that was granted before."""
        if len(self.granted) >= back:
            self.reserve(self.granted[-back].send_id, self.granted[-back].channel)

    @rule()
    def release_the_latest(self) -> None:
        """Take back the latest message."""
        if not self.granted:
            return
        latest = self.granted.pop()
        remembered = latest in self.remembered
        assert self.state.release(latest.send_id, "bounced", self.now, update_id=self.new_id()) is remembered
        assert not self.state.release(latest.send_id, "bounced", self.now, update_id=self.new_id())
        if remembered:
            self.remembered.remove(latest)

    @rule()
    def continue_as_new(self) -> None:
        """Forget, and go through JSON."""
        self.state.forget(self.now)
        self.state = ActorState.model_validate_json(self.state.model_dump_json())
        self.forget()

    @invariant()
    def it_remembers_as_many_as_it_says(self) -> None:
        """Compare with the documented bounds."""
        assert [each.send_id for each in self.state.sends] == [each.send_id for each in self.remembered]

    @invariant()
    def no_window_holds_more_than_its_limit(self) -> None:
        """Look at the window that ends with each grant."""
        for each in self.state.limits_at(self.now).policy.rules:
            for sent in self.granted:
                assert self.used(each.name, sent.at) <= each.limit

    def new_id(self) -> str:
        """Return an ID that nothing had before."""
        self.number += 1
        return f"S{self.number}"

    def reserve(self, send_id: str, channel: Channel) -> None:
        """Ask, and get what a full count says, unless the message is remembered."""
        request = send(send_id, channel=channel)
        expected = self.state.decide(request, self.now)
        assert self.state.reserve(request, self.now, update_id=self.new_id()) == expected
        rules = (each for each in self.state.limits_at(self.now).policy.rules if each.channel in (None, channel))
        if send_id in {each.send_id for each in self.remembered}:
            assert expected.decision is Decision.DUPLICATE
        elif any(self.used(each.name, self.now) >= each.limit for each in rules):
            assert expected.decision is Decision.DENIED
        else:
            assert expected.decision is Decision.GRANTED
            self.granted.append(Granted(send_id, channel, self.now))
            self.remembered.append(self.granted[-1])
            if len(self.remembered) > REMEMBERED:
                self.forget()

    def forget(self) -> None:
        """Keep the latest of eight days (no window is longer), and those with which a cap is full."""
        week = self.now - timedelta(days=actor_state.KEPT_DAYS)
        needed = [each for each in self.remembered if each.at > week][-REMEMBERED:]
        for each in self.state.limits_at(self.now).policy.rules:
            if each.limit:
                needed += self.counted(each.name, self.now, self.remembered)[-each.limit :]
        self.remembered = [each for each in self.remembered if each in needed]

    def used(self, name: str, at: datetime) -> int:
        """Count the grants of the window that ends with ``at``."""
        return len(self.counted(name, at, self.granted))

    def counted(self, name: str, at: datetime, sends: list[Granted]) -> list[Granted]:
        """Return the sends of the window that ends with ``at``."""
        each = next(each for each in self.state.limits_at(self.now).policy.rules if each.name == name)
        assert isinstance(each.window, RollingWindow)
        since = at - timedelta(seconds=each.window.rolling_seconds)
        return [sent for sent in sends if since < sent.at <= at and each.channel in (None, sent.channel)]


@pytest.fixture(autouse=True, scope="module")
def small_memory() -> Iterator[None]:
    with patch.object(actor_state, "KEPT_SENDS", REMEMBERED):
        yield


TestActor = pytest.mark.usefixtures("small_memory")(Actor.TestCase)
TestActor.settings = examples(60, far=20_000, shrinks=True)


def test_what_is_remembered_stays_small_and_the_cap_exact() -> None:
    state = new_state(capped(2, seconds=30 * 86_400))
    now = START
    for number in range(50):
        now += timedelta(minutes=1)
        state.reserve(send(f"T{number}", transactional=True), now, update_id=str(number))
    assert [each.send_id for each in state.sends] == [f"T{number}" for number in range(44, 50)]
    refused = state.decide(send(), now)
    assert refused.next_eligible_at == now - timedelta(minutes=1) + timedelta(days=30)


def test_a_send_that_only_a_rare_rule_counts_is_not_forgotten() -> None:
    policy = CapPolicy(rules=[*capped(1, seconds=30 * 86_400, channel=Channel.SMS).rules])
    state = new_state(policy)
    state.reserve(send("rare", channel=Channel.SMS), START, update_id="rare")
    for number in range(50):
        state.report(report(f"R{number}"), START)
    assert "rare" in [each.send_id for each in state.sends]
    assert state.decide(send(channel=Channel.SMS), START + timedelta(days=29)).decision is Decision.DENIED


def report(send_id: str, sent_at: datetime | None = None) -> MessageSent:
    return MessageSent(send_id=send_id, campaign_id="C", channel=Channel.EMAIL, sent_at=sent_at)


def test_reported_and_transactional_sends_count_once_and_beyond_the_cap() -> None:
    state = new_state(capped(1))
    state.reserve(send("S"), START, update_id="S")
    for send_id in ("A", "A", "B", "S"):
        state.report(report(send_id), START)
    assert state.reserve(send("T", transactional=True), START, update_id="T").decision is Decision.GRANTED
    assert [each.send_id for each in state.sends] == ["S", "A", "B", "T"]
    assert state.decide(send(), START).decision is Decision.DENIED


def test_a_report_counts_from_when_it_was_sent_but_not_from_the_future() -> None:
    state = new_state(capped(1))
    state.report(report("old", START - timedelta(hours=20)), START)
    state.report(report("soon", START + timedelta(seconds=20)), START)
    state.report(report("to-come", START + timedelta(hours=1)), START)
    assert [(each.send_id, each.at) for each in state.sends] == [("old", START - timedelta(hours=20)), ("soon", START)]
    assert state.refusals.latest[0].reason == "report of to-come: sent_at 2025-03-29 13:00:00 UTC is to come"
    assert state.attention == "signal_refused"


def test_after_the_longest_window_a_send_is_forgotten() -> None:
    state = new_state(capped(1, seconds=60))
    state.reserve(send("S"), START, update_id="S")
    state.forget(START + timedelta(days=actor_state.KEPT_DAYS) - timedelta(seconds=1))
    assert [each.send_id for each in state.sends] == ["S"]
    state.forget(START + timedelta(days=actor_state.KEPT_DAYS))
    assert state.sends == []


def test_an_update_that_is_delivered_twice_is_answered_as_the_first_time() -> None:
    """The server may deliver an update that was answered as a run ended to the next run again."""
    state = new_state(capped(1))
    for _ in range(2):
        assert state.reserve(send("S"), START, update_id="click").decision is Decision.GRANTED
    assert state.reserve(send("S"), START, update_id="other").decision is Decision.DUPLICATE
    assert len(state.sends) == len(state.decisions) - 1 == 1
    for _ in range(2):
        assert state.release("S", "bounced", START, update_id="back")
    assert not state.release("S", "bounced", START, update_id="other")
    assert state.sends == []


def test_a_report_that_comes_late_takes_its_place_in_time() -> None:
    state = new_state(capped(1))
    state.reserve(send("new"), START, update_id="new")
    state.report(report("old", START - timedelta(hours=20)), START)
    assert [each.send_id for each in state.sends] == ["old", "new"]
    assert state.decide(send(), START).next_eligible_at == START + timedelta(days=1)


@given(
    asked=st.lists(
        st.tuples(st.integers(0, 50), st.dictionaries(st.sampled_from(Channel), st.booleans(), min_size=1)),
        max_size=8,
        unique_by=itemgetter(0),
    ),
    data=st.data(),
)
def test_what_was_asked_for_last_stands_however_long_another_change_waited(
    asked: list[tuple[int, dict[Channel, bool]]], data: st.DataObject
) -> None:
    state, wanted = new_state(CapPolicy(rules=[])), dict.fromkeys(Channel, True)
    for _, channels in sorted(asked, key=itemgetter(0)):
        wanted |= channels
    for seconds, channels in data.draw(st.permutations(asked)):
        change = SetPreferences.model_validate({"channels": channels, "by": "ana"})
        for _ in range(2):  # as a reset repeats it
            state.set_preferences(change, START + timedelta(seconds=seconds), update_id=f"change {seconds}")
    assert {channel: getattr(state.preferences.channels, channel) for channel in Channel} == wanted
    assert state.settings.number == len(asked)
    for channel, turned_on in state.turned_on.items():
        assert turned_on in {START + timedelta(seconds=seconds) for seconds, said in asked if said.get(channel)}
