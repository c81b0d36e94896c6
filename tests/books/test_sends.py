"""Sends beyond a cap are found, and no send that its cap allowed, or that needed no leave."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.books.conftest import Company
from tests.support.campaigns import FENCE, campaign, capped, send
from tests.support.eventually import eventually
from tests.support.profiles import examples
from workers.books.findings import Remedies
from workers.books.sends import Recorded, UserPolicy, judge_sends
from workers.services.message_provider import StoreMessageProvider
from workers.store.outbox import message_outbox
from workers.store.types import utc_now
from workers.store.users import SqlUsers
from workflows.campaigns.actor_state import ActorState
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.models import CapPolicy, Channel, Decision, MessageSent, Preferences, SetPolicy
from workflows.campaigns.ports import Message, User
from workflows.campaigns.steps import UserSettings

NOW = utc_now()
KINDS = ["campaign", "transactional", "report"]
REMEDIES = Remedies("localhost:7233", "default")


async def sent_past_the_actor(company: Company, user_id: str, count: int) -> None:
    """Send as a campaign whose actor forgot what it had granted."""
    provider = StoreMessageProvider(message_outbox(company.store), None)
    for number in range(count):
        address = f"{user_id}@example.com"
        await provider.send(
            Message(f"CMP:{number}", "CMP", user_id, Channel.EMAIL, address, "Hi", "Hello", utc_now(), FENCE)
        )


async def test_a_send_beyond_a_cap(company: Company) -> None:
    [user_id] = company.marketing.add_users(1)
    await sent_past_the_actor(company, user_id, 2)
    assert await company.findings() == []
    await sent_past_the_actor(company, user_id, 3)
    found = await company.finding()
    assert (found.what, found.item) == ("send beyond a cap", "message CMP:2")
    assert found.amount == f"after 2 sends to user {user_id}, and 2 a day on email allows 2"


async def test_lower_caps_reports_and_transactional_messages_are_no_finding(company: Company) -> None:
    marketing = company.marketing
    [user_id, another] = marketing.add_users(2)
    for _ in range(2):
        await marketing.run(campaign([user_id, another]))
    await marketing.actors.set_policy(user_id, SetPolicy(policy=capped(1), by="ana"))
    earlier = utc_now() - timedelta(hours=1)
    report = MessageSent(send_id="other", campaign_id="C", channel=Channel.EMAIL, sent_at=earlier)
    await marketing.actors.message_sent(another, report)
    await marketing.run(campaign([user_id, another], transactional=True))
    users = SqlUsers(company.store)

    async def both() -> list[User | None]:
        return [await users.user(user_id), await users.user(another)]

    def saved(found: list[User | None]) -> bool:
        changed, reported = found
        return bool(changed and changed.settings.policy and reported and len(reported.sends) == 4)

    await eventually(both, saved)
    assert await company.findings() == []


def found(sends: Sequence[Recorded], policy: CapPolicy) -> list[str]:
    """Return the messages beyond a cap."""
    ordered = sorted(sends, key=lambda each: each.send.at)
    return [finding.item for finding in judge_sends("U", ordered, UserPolicy(policy), REMEDIES, NOW)]


@examples(40, far=5_000, shrinks=True)
@given(
    wanted=st.lists(st.tuples(st.integers(0, 7_200), st.integers(0, 600), st.sampled_from(KINDS)), max_size=20),
    limit=st.integers(1, 3),
    window=st.sampled_from([60, 3_600, 7_200]),
)
def test_no_send_that_an_actor_granted_is_beyond_a_cap(
    wanted: list[tuple[int, int, str]], limit: int, window: int
) -> None:
    """Each is wanted some seconds ago; a report of one that went out then comes up to ten minutes late."""
    policy = capped(limit, window)
    began = NOW - timedelta(seconds=7_200)
    actor = ActorState(
        user_id="U",
        since=began,
        timezone="UTC",
        preferences=Preferences(),
        settings=UserSettings(policy=policy),
        fence=FENCE,
    )
    recorded = []
    for number, (heard, late, kind) in enumerate(sorted(wanted)):
        now: datetime = began + timedelta(seconds=heard)
        request = send(f"S{number}", transactional=kind == "transactional")
        fields = request.model_dump(include={"send_id", "campaign_id", "channel", "tags"})
        at = now - timedelta(seconds=late) if kind == "report" else now
        if kind == "report":
            actor.report(MessageSent(**fields, sent_at=at), now)
        elif actor.reserve(request, now, update_id=str(number)).decision is not Decision.GRANTED:
            continue
        recorded.append(Recorded(CountedSend(**fields, at=at), now, granted=kind == "campaign"))
    assert found(recorded, policy) == []


@examples(40, far=5_000, shrinks=True)
@given(
    window=st.sampled_from([60, 300, 3_600]),
    parts=st.lists(st.integers(0, 59), min_size=3, max_size=3),
    limit=st.integers(1, 2),
)
def test_more_in_a_window_than_a_cap_allows_is_found(window: int, parts: list[int], limit: int) -> None:
    sends = []
    for number, part in enumerate(parts):
        at = NOW - timedelta(seconds=part * window / 60)
        fields = send(f"S{number}").model_dump(include={"send_id", "campaign_id", "channel", "tags"})
        sends.append(Recorded(CountedSend(**fields, at=at), at, granted=True))
    assert len(found(sends, capped(limit, window))) == 3 - limit
