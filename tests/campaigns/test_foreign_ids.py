"""Campaigns, segments and users named by other systems are served as any other."""

import asyncio

from tests.support.campaigns import World, campaign
from tests.support.identifiers import FOREIGN_IDS
from workers.store.users import upsert_users
from workflows.campaigns.models import Channel, Preferences, SegmentAudience
from workflows.campaigns.ports import User
from workflows.campaigns.sends import send_id_of

PUSH = {"channel": Channel.PUSH, "transactional": True}  # past the caps


async def test_every_user_of_a_segment_gets_every_message_once(world: World) -> None:
    users = [User(ident, "", "", "UTC", Preferences()) for ident in FOREIGN_IDS]
    world.store.run(upsert_users, [(user, list(FOREIGN_IDS)) for user in users])
    await asyncio.gather(*(serve(world, ident) for ident in FOREIGN_IDS[-4:]))
    assert set(world.sent) == {send_id_of(each, user) for each in FOREIGN_IDS[-4:] for user in FOREIGN_IDS}


async def serve(world: World, ident: str) -> None:
    """Run a campaign with that ID to the segment with that name."""
    request = campaign([ident], campaign_id=ident, audience=SegmentAudience(name=ident), **PUSH)
    assert (await world.run(request)).sent == len(FOREIGN_IDS)
