"""Answers of an actor's queries, its list row and its actions."""

from datetime import datetime

from workflows.campaigns.actor_state import SHOWN, ActorState
from workflows.campaigns.caps import usage
from workflows.campaigns.models import Channel, ChannelConsent, Preferences, RecentSend, UserState
from workflows.shared.actions import Action
from workflows.shared.counts import number_of
from workflows.shared.refused_signals import acknowledge_action, with_refusals
from workflows.shared.summary import Summary

STAGE = "ACTIVE"


def user_state(state: ActorState, now: datetime, stored: ChannelConsent | None = None) -> UserState:
    """Return the answer of ``get_user_state`` at ``now``, with the consent that is ``stored``, if that is known."""
    return UserState(
        user_id=state.user_id,
        preferences=state.stricter_preferences(stored),
        policy=state.policy,
        usage=usage(state.limits, state.sends, now),
        recent=[RecentSend(**send.model_dump(exclude={"tags", "fence"})) for send in reversed(state.sends[-SHOWN:])],
        timezone=state.timezone,
        zone_rules=state.zones.version,
        actions=actor_actions(state),
        decisions=state.decisions[::-1],
        attention=state.attention,
        refusals=state.refusals.latest,
        refusal_count=state.refusals.count,
        timeline=with_refusals(state.timeline, state.refusals.latest),
    )


def actor_actions(state: ActorState) -> list[Action]:
    """Return what people may do to an actor: both are always legal, and refused signals may ask."""
    preferences = f"changes what {state.user_id} hears of, from the next message on"
    caps = f"replaces the {number_of(len(state.policy.rules), 'cap')} of {state.user_id}"
    return [
        Action.of("set_preferences", "Set preferences", preferences, None),
        Action.of("set_policy", "Set caps", caps, None),
        *acknowledge_action(state.refusals.unsettled),
    ]


def actor_summary(state: ActorState) -> Summary:
    """Return the list row."""
    return summary_of(state.user_id, state.since, state.preferences, state.attention)


def summary_of(user_id: str, since: datetime, preferences: Preferences, attention: str | None = None) -> Summary:
    """Return the list row of an actor, or of one that starts."""
    return Summary(
        title=user_id,
        stage=STAGE,
        stage_since=since,
        owner=user_id,
        attention=attention,
        note=_preferences_note(preferences),
    )


def _preferences_note(preferences: Preferences) -> str:
    """Return the preferences in one short line."""
    consent = preferences.channels
    off = [channel for channel in Channel if not getattr(consent, channel)]
    channels = f"opted out of {', '.join(off)}" if off else "all channels"
    quiet = preferences.quiet_hours
    return f"{channels} · quiet {quiet.start} to {quiet.end}" if quiet else channels
