"""What a user accepts, and what would go out now, for people. Pure functions."""

from collections.abc import Sequence
from datetime import datetime

from workflows.campaigns.bounces import Suppression, suppression_on
from workflows.campaigns.caps import CountedSend, Limits, decide
from workflows.campaigns.models import Channel, Decision, Preferences, SendRequest
from workflows.campaigns.user_models import ChannelOutlook, ConsentState

LIST_OF_USERS = "the list of users"
"""Source of a consent that nobody has set but an import."""


def consent_states(
    accepted: Preferences, chosen: Preferences | None, suppressions: Sequence[Suppression]
) -> list[ConsentState]:
    """Return the consent to each channel, and its source, from what is ``accepted`` and what was ``chosen``.

    An import may have withdrawn a consent since it was set: then the list of users is the source.
    """
    return [
        _suppressed(found) if (found := suppression_on(channel, suppressions)) else _consent(channel, accepted, chosen)
        for channel in Channel
    ]


def _suppressed(suppression: Suppression) -> ConsentState:
    source = f"{suppression.reason}, {suppression.by}"
    return ConsentState(channel=suppression.channel, state="suppressed", source=source, since=suppression.at)


def _consent(channel: Channel, accepted: Preferences, chosen: Preferences | None) -> ConsentState:
    on = getattr(accepted.channels, channel)
    state = ConsentState(channel=channel, state="subscribed" if on else "unsubscribed", source=LIST_OF_USERS)
    source = chosen.sources.get(channel) if chosen else None
    if chosen is None or source is None or getattr(chosen.channels, channel) != on:
        return state
    return state.model_copy(update={"source": source.by, "since": source.at})


def outlook(limits: Limits, sends: Sequence[CountedSend], now: datetime) -> list[ChannelOutlook]:
    """Return what a campaign's message without tags would get now, on each channel."""
    return [_outlook(channel, limits, sends, now) for channel in Channel]


def _outlook(channel: Channel, limits: Limits, sends: Sequence[CountedSend], now: datetime) -> ChannelOutlook:
    asked = SendRequest.model_construct(send_id="", campaign_id="", channel=channel, tags=[], transactional=False)
    decision = decide(asked, limits, sends, now)
    return ChannelOutlook(
        channel=channel,
        allowed=decision.decision is Decision.GRANTED,
        rule=decision.rule,
        next_eligible_at=decision.next_eligible_at,
    )
