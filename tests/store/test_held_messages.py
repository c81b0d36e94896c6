"""A held message goes out in one digest, or alone, or never; whoever comes late changes nothing."""

import asyncio
from datetime import timedelta

import pytest

from tests.support.campaigns import campaign
from workers.services.message_provider import StoreMessageProvider
from workers.store.engine import Store
from workers.store.fences import read_fence
from workers.store.held_messages import SqlHeldMessages
from workers.store.held_view import digests_of, held_of
from workers.store.outbox import message_outbox
from workers.store.types import utc_now
from workflows.campaigns.digests.parts import Digest, digest_id
from workflows.campaigns.digests.ports import DigestChangedError, MessageToHold
from workflows.campaigns.digests.steps import MAY_GO_OUT, CampaignHold, SettleHeld
from workflows.campaigns.models import Channel
from workflows.campaigns.ports import Message, RejectedByProviderError

LONG_AGO = utc_now() - timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Held:
    """Held messages of one user, by campaign."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.messages = SqlHeldMessages(store)
        self.provider = StoreMessageProvider(message_outbox(store), None)

    async def hold(self, name: str, *, at: timedelta = timedelta(), expires: timedelta | None = None) -> bool:
        """Hold a message; the attempt began so long ago, or is to come."""
        expires_at = utc_now() + expires if expires else None
        request = campaign(["U"], campaign_id=name, name=name, priority=ord(name[0]) % 10, expires_at=expires_at)
        return await self.messages.hold(MessageToHold(f"{name}:U", "U", "kind", request, None, utc_now() + at))

    async def parts(self) -> list[str]:
        """Return what the next digest takes."""
        held = await self.messages.look("A:U")
        return [part.campaign_id for part in held.parts] if held else []

    async def send(
        self, *names: str, number: int | None = None, address: str = "u@example.com", at: timedelta = timedelta()
    ) -> Digest | None:
        """Send messages as a digest, or one by itself."""
        parts = [f"{name}:U" for name in names]
        digest = Digest(digest_id("U", "kind", number), "U", "kind", number, parts) if number is not None else None
        message = Message(
            digest.send_id if digest else parts[0],
            "digest" if digest else names[0],
            "U",
            Channel.EMAIL,
            address,
            "Hi",
            "Hello",
            utc_now(),
            await self.store.read(read_fence, "U"),
            digest=digest,
            tried_at=utc_now() + at,
        )
        await self.provider.send(message)
        return digest


@pytest.fixture
def held(store: Store) -> Held:
    return Held(store)


async def test_what_a_digest_has_no_other_gets(held: Held, store: Store) -> None:
    assert [await held.hold(name) for name in "ABC"] == [True] * 3
    assert await held.hold("A")  # again
    assert await held.parts() == ["C", "B", "A"]
    assert [each.campaign_id for each in await store.read(held_of, "U")] == ["A", "B", "C"]
    with pytest.raises(DigestChangedError):
        await held.send("A", "B", number=1)  # there is none before it
    raced = await asyncio.gather(*(held.send("A", "B", number=0) for _ in range(4)), return_exceptions=True)
    assert [each for each in raced if isinstance(each, Digest)], raced
    await held.send("A", "B", number=0)
    for parts, number in (("ABC", 0), ("BC", 1), ("A", 1)):
        with pytest.raises(DigestChangedError):
            await held.send(*parts, number=number)
    with pytest.raises(DigestChangedError):
        await held.send("A")
    seen = await held.messages.look("A:U")
    assert seen is not None
    assert (seen.digest_id, seen.sent, [part.campaign_id for part in seen.parts]) == (
        digest_id("U", "kind", 0),
        True,
        ["B", "A"],
    )
    assert await held.messages.withdraw("A:U") == seen
    await held.send("C", number=1)
    [two] = [each for each in await store.read(digests_of, "U") if len(each.campaigns) > 1]
    assert (two.campaigns, await store.read(held_of, "U")) == (["B", "A"], [])


async def test_a_message_that_went_alone_is_in_no_digest(held: Held) -> None:
    await held.send("A")
    assert not await held.hold("A")
    await held.hold("B")
    await held.send("B")
    assert not await held.hold("B")
    await held.hold("C")
    with pytest.raises(DigestChangedError):
        await held.send("B", "C", number=0)
    assert await held.messages.known(["A:U", "B:U", "C:U"]) == {"A:U", "B:U", "C:U"}


async def test_what_is_withdrawn_is_held_again_by_a_later_attempt_alone(held: Held) -> None:
    await held.hold("A")
    assert await held.messages.withdraw("A:U") is None
    assert not await held.hold("A", at=-MINUTE)
    with pytest.raises(DigestChangedError):
        await held.send("A", at=-MINUTE)
    with pytest.raises(DigestChangedError):
        await held.send("A", number=0)
    assert await held.hold("A", at=MINUTE)
    await held.send("A", number=0)


async def test_a_digest_that_is_given_up_takes_nothing(held: Held) -> None:
    await held.hold("A")
    digest = Digest(digest_id("U", "kind", 0), "U", "kind", 0, ["A:U"])
    assert [await held.messages.retire(digest) for _ in range(2)] == [True, True]
    with pytest.raises(DigestChangedError):
        await held.send("A", number=0)
    sent = await held.send("A", number=1)
    assert sent is not None
    assert not await held.messages.retire(sent)
    await held.hold("B")
    with pytest.raises(RejectedByProviderError):
        await held.send("B", number=2, address="nobody")
    assert (await held.messages.look("B:U")) is not None


async def test_paused_and_expired_campaigns_are_in_no_digest(held: Held) -> None:
    await held.hold("A")
    await held.hold("B")
    await held.hold("C", expires=timedelta(microseconds=1))
    now = utc_now()
    for back, at in ((True, now), (False, now - MINUTE)):  # the latter comes late
        await held.messages.hold_back(CampaignHold(campaign_id="B", held_back=back, at=at))
    assert await held.parts() == ["A"]
    for parts in ("AB", "AC"):
        with pytest.raises(DigestChangedError):
            await held.send(*parts, number=0)
    await held.messages.hold_back(CampaignHold(campaign_id="B", held_back=False, at=now + MINUTE))
    await held.send("A", "B", number=0)


async def test_a_campaign_that_ends_hears_what_went_out(held: Held) -> None:
    for name in "ABC":
        await held.hold(name)
    await held.send("A", "B", number=0)
    settled = [await held.messages.settle(SettleHeld(campaign_id=name, user_ids=["U", "V"])) for name in "ABCD"]
    assert [[(user.kind, user.detail) for user in users] for users in settled] == [
        [("sent", "in a digest of 2")],
        [("sent", "in a digest of 2")],
        [],
        [],
    ]
    with pytest.raises(DigestChangedError):
        await held.send("C", number=1)
    await held.hold("E")
    content = {"campaign_id": "E", "user_id": "U", "channel": "email", "address": "u@example.com", "body": "Hello"}
    digest = Digest(digest_id("U", "kind", 1), "U", "kind", 1, ["E:U"])
    fence = await held.store.read(read_fence, "U")
    await message_outbox(held.store).claim(
        digest.send_id, {**content, "digest": digest, "fence": fence, "granted_at": LONG_AGO}
    )
    [user] = await held.messages.settle(SettleHeld(campaign_id="E", user_ids=["U"]))
    assert (user.kind, user.detail) == ("failed", MAY_GO_OUT)
