"""Who goes first of the messages to one user that are due at the same time: pure functions.

A sender that is refused until some time asks again then, and has a place in the order from then on. For a while the
actor keeps the room under a cap for those who are first in that order, whoever asks first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import Field

from workflows.campaigns.caps import CountedSend, is_no_consent
from workflows.campaigns.models import Channel, Decision, SendDecision, SendRequest
from workflows.campaigns.sends import is_by_cap
from workflows.shared.fields import Answer, UtcDatetime

KEPT = timedelta(minutes=15)
"""How long room is kept for a message that is due. Its campaign may be paused, or have ended."""

ASK_AGAIN = timedelta(seconds=15)
"""When to ask again for a message that lets another go first: campaigns that are due ask within seconds."""

MAX_PLACES = 50
"""Places kept at most, so that an actor's state is bounded: those of the highest priority."""


class Place(Answer):
    """A message for which its sender asks again at ``due``."""

    name: str = Field(description="the same whenever its sender asks: its ID, or which digest it waits for")
    campaign_id: str
    channel: Channel
    tags: list[str]
    priority: int
    due: UtcDatetime


def kept_before(send: SendRequest, places: Sequence[Place], now: datetime) -> list[Place]:
    """Return the places of those who are due and go before a message: equal ones by time, and then by name.

    A transactional message passes caps, and lets nobody go first.
    """
    if send.transactional:
        return []
    own = next((place.due for place in places if place.name == send.waits_as), now)
    order = _order(send.priority, min(own, now), send.waits_as or send.send_id)
    others = (place for place in places if place.name != send.waits_as and place.due <= now < place.due + KEPT)
    return [place for place in others if _order(place.priority, place.due, place.name) < order]


def as_sends(places: Sequence[Place], now: datetime) -> list[CountedSend]:
    """Return what would count if those went out now."""
    return [
        CountedSend(send_id=place.name, campaign_id=place.campaign_id, channel=place.channel, tags=place.tags, at=now)
        for place in places
    ]


def again_at(places: Sequence[Place], now: datetime) -> datetime:
    """Return when to ask again for a message that lets these go first."""
    return min(now + ASK_AGAIN, *(place.due + KEPT for place in places))


def places_after(places: Sequence[Place], send: SendRequest, answer: SendDecision, now: datetime) -> list[Place]:
    """Return the places after the answer to a message: one for it, if its sender asks again.

    A transactional message needs none, since no cap holds it.
    """
    if send.waits_as is None or send.transactional:
        return list(places)
    valid = [place for place in places if place.due + KEPT > now]
    others = [place for place in valid if place.name != send.waits_as]
    if answer.next_eligible_at is None or is_no_consent(answer.rule):
        return others
    if send.capped_as is None and answer.decision is Decision.DENIED:
        return others
    name = send.capped_as if send.capped_as is not None and is_by_cap(answer) else send.waits_as
    before = next((place for place in valid if place.name == name), None)
    # Who lets another go first is due already.
    due = before.due if before and answer.kept_for is not None else answer.next_eligible_at
    place = Place(
        name=name,
        due=due,
        # A digest is as urgent as the most urgent message that waits for it.
        priority=max(send.priority, before.priority if before else 0),
        **send.model_dump(include={"campaign_id", "channel", "tags"}),
    )
    all_places = [*(each for each in others if each is not before), place]
    return sorted(all_places, key=lambda each: _order(each.priority, each.due, each.name))[:MAX_PLACES]


def _order(priority: int, due: datetime, name: str) -> tuple[int, datetime, str]:
    return -priority, due, name
