"""Bounces and complaints: what they suppress, for whom, and until when."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.campaigns import World, campaign, send
from tests.support.eventually import eventually
from tests.support.temporal import fresh
from workers.store.consent_schema import bounces
from workers.store.user_row import ListedBounce, UserRow
from workers.store.user_writes import write_users
from workers.store.users import upsert_users
from workflows.campaigns.bounces import BounceKind, ReportBounce, SoftBounceRule, suppresses
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import (
    Channel,
    ChannelConsent,
    Decision,
    Preferences,
    SetPreferences,
    StartUserActor,
    UserState,
)
from workflows.campaigns.ports import RejectedByProviderError, UnclearSendError, User
from workflows.shared.errors import RefusedError

BOUNCED = "suppressed on email: hard bounce"


def report(**fields: object) -> ReportBounce:
    given = {"channel": Channel.EMAIL, "kind": BounceKind.HARD, "by": "postmaster"}
    return ReportBounce.model_validate(given | fields)


async def bounce(world: World, user_id: str, **fields: object) -> UserState:
    return await world.actors.report_bounce(user_id, report(**fields))


def imported(world: World, user_id: str, address: str, *, resubscribe: bool = False) -> None:
    user = User(user_id, address, "", "UTC", Preferences())
    world.store.run(lambda connection: upsert_users(connection, [(user, [])], resubscribe=resubscribe))


async def rule_of(world: World, user_id: str, **fields: object) -> str | None:
    decision = await world.actors.reserve_send(StartUserActor(user_id=user_id), send(None, **fields))
    assert (decision.decision is Decision.DENIED) == (decision.rule is not None)
    return decision.rule


@given(
    hours=st.lists(st.integers(0, 2_000), max_size=12),
    limit=st.integers(0, 6),
    days=st.integers(1, 40),
)
def test_soft_bounces_suppress_when_there_are_enough_in_any_stretch(hours: list[int], limit: int, days: int) -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=each) for each in hours]
    most = max((sum(a <= b < a + timedelta(days=days) for b in moments) for a in moments), default=0)
    wanted = 0 < limit <= most
    assert suppresses(BounceKind.SOFT, moments, SoftBounceRule(limit, days)) is wanted


@pytest.mark.parametrize("kind", [BounceKind.HARD, BounceKind.COMPLAINT])
async def test_a_suppressed_address_gets_nothing_transactional_neither(world: World, kind: BounceKind) -> None:
    [user_id] = world.add_users(1)
    state = await bounce(world, user_id, kind=kind, detail="550 5.1.1 no such user")
    [suppression] = state.suppressions
    assert (suppression.channel, suppression.by, suppression.detail) == (
        "email",
        "postmaster",
        "550 5.1.1 no such user",
    )
    assert not state.preferences.channels.email
    for transactional in (False, True):
        rule = await rule_of(world, user_id, transactional=transactional)
        assert rule == f"suppressed on email: {suppression.reason}"
    assert await rule_of(world, user_id, channel=Channel.PUSH) is None
    progress = await world.run(campaign([user_id], transactional=True))
    assert (progress.suppressed, progress.sent) == (1, 0)


async def test_a_transactional_message_passes_an_opt_out(world: World) -> None:
    [user_id] = world.add_users(1)
    await world.actors.set_preferences(user_id, SetPreferences(channels=ChannelConsent(email=False), by="ana"))
    assert await rule_of(world, user_id) == "opted out of email"
    assert await rule_of(world, user_id, transactional=True) is None


async def test_it_outlives_its_actor_and_calls_back_what_was_granted(world: World) -> None:
    [user_id] = world.add_users(1)
    request = send(recorded=True)
    granted = await world.actors.reserve_send(StartUserActor(user_id=user_id), request)
    await bounce(world, user_id)
    assert granted.fence is not None
    refused = request.model_copy(update={"refused_fence": granted.fence.token})
    assert (await world.actors.reserve_send(StartUserActor(user_id=user_id), refused)).rule == BOUNCED
    await world.client.get_workflow_handle(actor_workflow_id(user_id)).terminate()
    assert await rule_of(world, user_id) == BOUNCED


async def test_nothing_goes_out_after_a_report_was_answered_whatever_is_under_way(world: World) -> None:
    [user_id] = world.add_users(1)
    running = [asyncio.create_task(world.run(campaign([user_id], transactional=True))) for _ in range(12)]
    await eventually(lambda: _as_it_is(len(world.sent)), lambda sent: sent > 0)
    await bounce(world, user_id, kind=BounceKind.COMPLAINT)
    sent = list(world.sent)
    ended = await asyncio.gather(*running)
    assert list(world.sent) == sent
    assert sum(each.sent for each in ended) == len(sent)
    assert all(each.sent + each.suppressed == 1 for each in ended)


async def test_nothing_goes_out_after_an_import_that_says_that_the_address_bounced(world: World) -> None:
    [user_id, another] = world.add_users(2)
    requests = [campaign([user_id, another], transactional=True) for _ in range(12)]
    running = [asyncio.create_task(world.run(request)) for request in requests]
    await eventually(lambda: _as_it_is(len(world.sent)), lambda sent: sent > 0)
    hard = ListedBounce(BounceKind.HARD, by="Mailchimp export")
    row = UserRow(user_id, f"{user_id}@example.com", "", "", None, None, None, "{}", [], hard)
    world.store.run(lambda connection: write_users(connection, [[row]]))
    sent = {send_id for send_id, each in world.sent.items() if each.user_id == user_id}
    ended = await asyncio.gather(*running)
    assert {send_id for send_id, each in world.sent.items() if each.user_id == user_id} == sent
    assert sum(each.suppressed for each in ended) == len(requests) - len(sent)
    assert sum(each.sent for each in ended) == len(requests) + len(sent)
    [suppression] = (await world.actors.get_user_state(user_id)).suppressions
    assert suppression.by == "Mailchimp export"


async def test_the_same_report_again_changes_nothing(world: World) -> None:
    [user_id] = world.add_users(1)
    first = await bounce(world, user_id, send_id="S-1")
    assert await bounce(world, user_id, send_id="S-1") == first
    await world.actors.set_preferences(user_id, SetPreferences(channels=ChannelConsent(email=True), by="ana"))
    assert (await bounce(world, user_id, send_id="S-1")).suppressions == []
    assert await rule_of(world, user_id) is None


async def test_soft_bounces_are_counted_once_each(world: World) -> None:
    [user_id] = world.add_users(1)
    for number in (1, 2, 2, 2, 3, 4, 4):
        state = await bounce(world, user_id, kind=BounceKind.SOFT, send_id=f"S-{number}")
        assert state.suppressions == []
    state = await bounce(world, user_id, kind=BounceKind.SOFT, send_id="S-5")
    assert [each.reason for each in state.suppressions] == ["soft bounces"]
    assert len(world.store.rows(select(bounces))) == 5


async def test_it_holds_for_every_user_with_the_mailbox_and_not_for_a_new_address(world: World) -> None:
    one, two = fresh("E-1"), fresh("E-2")
    imported(world, one, "Pat@example.com")
    imported(world, two, "pat@Example.com")
    assert await rule_of(world, two) is None  # it has an actor
    await bounce(world, one)
    assert (await world.actors.can_send(two, send())).rule == BOUNCED
    assert await rule_of(world, two) == BOUNCED
    assert (await world.run(campaign([one, two]))).suppressed == 2
    imported(world, two, "pat@example.org")
    assert (await world.run(campaign([two]))).sent == 1


async def test_who_complained_hears_nothing_at_a_new_address_either(world: World) -> None:
    [user_id] = world.add_users(1)
    await bounce(world, user_id, kind=BounceKind.COMPLAINT)
    imported(world, user_id, "new@example.com")
    assert (await world.run(campaign([user_id]))).suppressed == 1
    await world.actors.set_preferences(user_id, SetPreferences(channels=ChannelConsent(sms=False), by="ana"))
    assert await rule_of(world, user_id) == "opted out of email"


async def test_only_who_says_so_gives_an_address_back(world: World) -> None:
    [user_id, another] = world.add_users(2)
    for each in (user_id, another):
        await bounce(world, each)
        imported(world, each, f"{each}@example.com")
    await world.actors.set_preferences(user_id, SetPreferences(channels=ChannelConsent(sms=True), by="ana"))
    assert (await world.run(campaign([user_id, another]))).suppressed == 2
    state = await world.actors.set_preferences(user_id, SetPreferences(channels=ChannelConsent(email=True), by="ana"))
    assert (state.suppressions, state.preferences.channels.email) == ([], True)
    assert "suppressed on email no longer" in state.timeline[-1].text
    imported(world, another, f"{another}@example.com", resubscribe=True)
    assert (await world.run(campaign([user_id, another]))).sent == 2


async def test_it_is_given_back_though_the_actor_has_not_heard_of_it(world: World) -> None:
    one, two = fresh("E-1"), fresh("E-2")
    imported(world, one, "pat@example.com")
    imported(world, two, "pat@example.com")
    assert await rule_of(world, two) is None
    await bounce(world, one)
    state = await world.actors.set_preferences(two, SetPreferences(channels=ChannelConsent(email=True), by="ana"))
    assert state.suppressions == []
    assert (await world.run(campaign([one]))).sent == 1


@pytest.mark.parametrize("kind", [BounceKind.HARD, BounceKind.COMPLAINT])
@pytest.mark.parametrize("by_import", [False, True])
async def test_a_late_report_of_an_address_that_was_given_back_is_kept_and_suppresses_nothing(
    world: World,
    kind: BounceKind,
    by_import: bool,  # noqa: FBT001 - a case
) -> None:
    [user_id] = world.add_users(1)
    await bounce(world, user_id)
    if by_import:
        imported(world, user_id, f"{user_id}@example.com", resubscribe=True)
    else:
        await world.actors.set_preferences(user_id, SetPreferences(channels=ChannelConsent(email=True), by="ana"))
    before = datetime.now(UTC) - timedelta(hours=1)
    late = await bounce(world, user_id, kind=kind, at=before)
    assert (late.suppressions, late.preferences.channels.email) == ([], True)
    assert (await bounce(world, user_id)).suppressions != []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"at": datetime.now(UTC) + timedelta(days=1)}, "is to come"),
        ({"channel": Channel.SMS}, "has no address for sms"),
    ],
)
async def test_what_does_not_fit_is_refused(world: World, fields: dict[str, object], words: str) -> None:
    [user_id] = world.add_users(1)
    with pytest.raises(RefusedError, match=words):
        await bounce(world, user_id, **fields)
    assert world.store.rows(select(bounces)) == []


async def test_a_refused_address_ends_one_message_and_is_suppressed_for_the_next(world: World) -> None:
    user_ids = world.add_users(5)
    words = "the mail server refused it: 550 5.1.1 no such user"
    world.faults.down(f"send/{user_ids[2]}", error=RejectedByProviderError(words, BounceKind.HARD))
    progress = await world.run(campaign(user_ids))
    assert (progress.sent, progress.failed) == (4, 1)
    assert next(each.rule for each in progress.recent if each.outcome == "failed") == words
    assert [world.faults.calls[f"send/{user_id}"] for user_id in user_ids] == [1] * 5
    state = await world.actors.get_user_state(user_ids[2])
    assert (state.usage[0].used, [each.detail for each in state.suppressions]) == (0, [words])
    progress = await world.run(campaign(user_ids))
    assert (progress.sent, progress.suppressed) == (4, 1)
    assert [each.rule for each in progress.recent if each.outcome == "suppressed"] == [BOUNCED]


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.PUSH])
async def test_text_and_push_messages_bounce_as_e_mails_do(world: World, channel: Channel) -> None:
    [user_id] = world.add_users(1)
    world.add(user_id, phone="+12025550101")
    world.faults.down(f"send/{user_id}", error=RejectedByProviderError("no such device", BounceKind.HARD))
    assert (await world.run(campaign([user_id], channel=channel))).failed == 1
    world.faults.up(f"send/{user_id}")
    assert (await world.run(campaign([user_id], channel=channel))).suppressed == 1
    world.faults.lose_answers(f"send/{user_id}", 1)  # it went out: the outbox knows it
    assert (await world.run(campaign([user_id]))).sent == 1
    assert [row.channel for row in world.sent.values()] == ["email"]


async def test_a_refusal_that_is_not_about_the_address_suppresses_nothing(world: World) -> None:
    [user_id] = world.add_users(1)
    world.faults.down(f"send/{user_id}", error=RejectedByProviderError("550 5.7.1 policy"))
    assert (await world.run(campaign([user_id]))).failed == 1
    world.faults.up(f"send/{user_id}")
    assert (await world.run(campaign([user_id]))).sent == 1


@pytest.mark.parametrize("channel", list(Channel))
async def test_what_may_have_gone_out_counts_and_is_not_sent_again(world: World, channel: Channel) -> None:
    [user_id] = world.add_users(1)
    world.add(user_id, phone="+12025550101")
    world.faults.down(f"send/{user_id}", error=UnclearSendError("no answer"))
    progress = await world.run(campaign([user_id], channel=channel))
    assert (progress.failed, world.faults.calls[f"send/{user_id}"]) == (1, 1)
    used = {each.rule: each.used for each in (await world.actors.get_user_state(user_id)).usage}
    assert used[f"2 a day on {channel}"] == 1


async def _as_it_is(value: int) -> int:
    return value
