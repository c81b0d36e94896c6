"""Two users with one mailbox or phone are one person to caps and consent."""

from tests.support.campaigns import World, campaign, send
from tests.support.temporal import fresh
from workers.store.users import upsert_users
from workflows.campaigns.models import ChannelConsent, Decision, Preferences, SetPreferences, StartUserActor
from workflows.campaigns.ports import User


def add(world: World, user_id: str, email: str, phone: str = "") -> None:
    user = User(user_id, email, phone, "UTC", Preferences())
    world.store.run(upsert_users, [(user, [])])


async def test_caps_count_them_together(world: World) -> None:
    one, two = fresh("E-1"), fresh("E-2")
    add(world, one, "pat@example.com")
    assert (await world.run(campaign([one]))).sent == 1  # has an actor before the other one is known
    add(world, two, "Pat@Example.com")
    for _ in range(2):
        await world.run(campaign([one, two]))
    assert len(world.sent) == 2
    for user_id in (one, two):
        decision = await world.actors.reserve_send(StartUserActor(user_id=user_id), send())
        assert (decision.decision, decision.rule) == (Decision.DENIED, "2 a day on email")


async def test_grants_to_other_senders_count_too_and_three_can_be_one(world: World) -> None:
    users = [fresh(name) for name in ("A", "B", "C")]
    add(world, users[0], "a@example.com", "+12025550101")
    add(world, users[1], "b@example.com")
    for user_id in users[:2]:
        await world.actors.reserve_send(StartUserActor(user_id=user_id), send())
    add(world, users[2], "b@example.com", "+12025550101")
    for user_id in users:
        decision = await world.actors.reserve_send(StartUserActor(user_id=user_id), send())
        assert decision.decision is Decision.DENIED


async def test_an_opt_out_of_one_holds_for_the_mailbox(world: World) -> None:
    one, two = fresh("E-1"), fresh("E-2")
    add(world, one, "pat@example.com", "+12025550101")
    add(world, two, "pat@example.com")
    assert (await world.run(campaign([two]))).sent == 1
    opt_out = SetPreferences(channels=ChannelConsent(email=False), by="pat")
    await world.actors.set_preferences(one, opt_out)
    progress = await world.run(campaign([one, two]))
    assert (progress.sent, progress.suppressed) == (0, 2)
    await world.actors.set_preferences(one, SetPreferences(channels=ChannelConsent(email=True), by="pat"))
    assert (await world.run(campaign([two]))).sent == 1
