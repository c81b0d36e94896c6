"""Messages that caps hold back go out to a user as one, which counts once."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from tests.support.campaigns import World, campaign, capped
from tests.support.resets import reset, reset_points
from workers.store.held_messages import SqlHeldMessages
from workflows.campaigns.client import campaign_workflow_id
from workflows.campaigns.models import CampaignControl, CampaignProgress, CampaignStatus, SetPolicy, Template

SECONDS = 3
"""Of the cap's window."""


def waits(progress: CampaignProgress) -> bool:
    """Return whether the campaign's users wait for a digest."""
    return progress.held_for_digest == progress.audience > 0


async def test_what_waits_for_a_cap_goes_out_as_one(world: World) -> None:
    [user, alone] = world.add_users(2)
    for each in (user, alone):
        await world.actors.set_policy(each, SetPolicy(policy=capped(1, SECONDS), by="ana"))
    await world.run(campaign([user, alone]))
    html = "<body class=x><p>Hello {user_id}</p></body>"
    sale = campaign([user], name="Sale", when_capped="digest", template=Template(body="Less", html=html))
    shoes = campaign([user, alone], when_capped="digest", priority=9, template=Template(subject="Shoes", body="More"))
    paused, cancelled = (campaign([user], when_capped="digest") for _ in range(2))
    for request in (sale, shoes, paused, cancelled):
        await world.campaigns.begin(request)
        await world.progress_when(request.campaign_id, waits)
    await world.campaigns.pause(paused.campaign_id, CampaignControl(by="ana"))
    await world.campaigns.cancel(cancelled.campaign_id, CampaignControl(by="ana"))
    first = (await world.client.get_workflow_handle(campaign_workflow_id(sale.campaign_id)).describe()).run_id
    ended = [await world.ended(each.campaign_id) for each in (sale, shoes, cancelled)]
    assert [(each.sent, each.in_digests, each.deferred) for each in ended] == [(1, 1, 0), (2, 1, 0), (0, 0, 1)]
    assert [each.rule for each in ended[0].recent if each.outcome == "sent"] == ["in a digest of 2"]
    own = {row.user_id: row for row in world.sent.values() if row.send_id.startswith("digest-")}
    digest, single = own[user], own[alone]
    assert (digest.subject, digest.campaign_id) == ("Shoes (+1)", "digest")
    assert digest.body == "Shoes\n=====\n\nMore\n\nSale\n====\n\nLess"
    assert f"<div class=x><p>Hello {user}</p></div>" in digest.html
    assert (single.subject, single.body, single.campaign_id) == ("Shoes", "More", shoes.campaign_id)
    for point in await reset_points(world.client, campaign_workflow_id(sale.campaign_id)):
        await reset(world.client, campaign_workflow_id(sale.campaign_id), point, run_id=first)
        again = await world.ended(sale.campaign_id)
        assert (again.status, again.sent, again.in_digests) == (CampaignStatus.DONE, 1, 1)
    await world.campaigns.resume(paused.campaign_id, CampaignControl(by="ana"))
    assert (await world.ended(paused.campaign_id)).sent == 1
    assert len(world.sent) == 5
    state = await world.actors.get_user_state(user)
    assert [each.campaigns for each in state.digests] == [[shoes.campaign_id, sale.campaign_id]]
    assert state.held == []


async def test_what_expires_while_it_is_held_is_in_no_digest(world: World) -> None:
    [user] = world.add_users(1)
    await world.actors.set_policy(user, SetPolicy(policy=capped(1), by="ana"))
    await world.run(campaign([user]))
    expires = datetime.now(UTC) + timedelta(seconds=1)
    short, long = (campaign([user], when_capped="digest", expires_at=at) for at in (expires, None))
    assert (await world.run(short)).expired == 1
    await world.campaigns.begin(long)
    await world.progress_when(long.campaign_id, waits)
    assert [each.campaign_id for each in (await world.actors.get_user_state(user)).held] == [long.campaign_id]
    held = await SqlHeldMessages(world.store).look(f"{long.campaign_id}:{user}")
    assert held is not None
    assert [part.campaign_id for part in held.parts] == [long.campaign_id]


def test_no_digest_of_transactional_messages() -> None:
    with pytest.raises(ValidationError, match="when_capped"):
        campaign(["U"], transactional=True, when_capped="digest")
