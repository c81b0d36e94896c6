"""Answers of an actor's queries, its list row and its actions."""

from collections.abc import Sequence
from datetime import datetime

from workflows.campaigns.actor_state import SHOWN, ActorState
from workflows.campaigns.bounces import Suppression, suppressed
from workflows.campaigns.caps import usage
from workflows.campaigns.models import Channel, Preferences, RecentSend, UserState
from workflows.campaigns.preference_words import NAMES
from workflows.campaigns.steps import StoredLimits
from workflows.campaigns.user_view import consent_states, outlook
from workflows.shared.actions import Action
from workflows.shared.counts import number_of
from workflows.shared.refused_signals import acknowledge_action, with_refusals
from workflows.shared.summary import Summary

STAGE = "ACTIVE"


def user_state(state: ActorState, now: datetime, stored: StoredLimits | None = None) -> UserState:
    """Return the answer of ``get_user_state`` at ``now``, with the limits that are ``stored``, if that is known."""
    limits = state.limits_at(now, stored)
    suppressions = list({each.channel: each for each in limits.suppressions}.values())
    preferences = _without(limits.preferences, suppressions)
    return UserState(
        user_id=state.user_id,
        preferences=preferences,
        suppressions=suppressions,
        consent=consent_states(preferences, state.settings.preferences, suppressions),
        outlook=outlook(limits, state.sends, now),
        policy=limits.policy,
        default_revision=state.revision_at(now, stored),
        usage=usage(limits, state.sends, now),
        recent=[
            RecentSend(**send.model_dump(include=set(RecentSend.model_fields)))
            for send in reversed(state.sends[-SHOWN:])
        ],
        held=stored.held if stored else [],
        digests=stored.digests if stored else [],
        timezone=state.timezone,
        zone_rules=state.zones.version,
        actions=actor_actions(state),
        decisions=state.decisions[::-1],
        attention=state.attention,
        refusals=state.refusals.latest,
        refusal_count=state.refusals.count,
        timeline=with_refusals(state.timeline, state.refusals.latest),
    )


def user_facts(user: UserState) -> dict[str, str]:
    """Return what a decision about a user rests on."""
    quiet = user.preferences.quiet_hours
    caps = ", ".join(f"{rule.name} {rule.limit}" for rule in user.policy.rules)
    return {
        **{NAMES[each.channel]: each.state for each in user.consent},
        "quiet hours": f"{quiet.start} until {quiet.end}, {quiet.timezone}" if quiet else "none",
        "caps": caps or "none",
    }


def actor_actions(state: ActorState) -> list[Action]:
    """Return what people may do to an actor: all is always legal, and refused signals may ask."""
    preferences = f"changes what {state.user_id} hears of, from the next message on"
    own = state.settings.policy
    which = number_of(len(own.rules), "cap") if own else "default policy"
    caps = f"replaces the {which} of {state.user_id}"
    bounce = f"suppresses an address of {state.user_id} that bounced, or whose owner complained"
    return [
        Action.of("set_preferences", "Set preferences", preferences, None),
        Action.of("set_policy", "Set caps", caps, None),
        Action.of("report_bounce", "Report bounce", bounce, None),
        *acknowledge_action(state.refusals.unsettled),
    ]


def actor_summary(state: ActorState) -> Summary:
    """Return the list row."""
    return summary_of(state.user_id, state.since, state.preferences, state.suppressions, state.attention)


def summary_of(
    user_id: str,
    since: datetime,
    preferences: Preferences,
    suppressions: Sequence[Suppression] = (),
    attention: str | None = None,
) -> Summary:
    """Return the list row of an actor, or of one that starts."""
    return Summary(
        title=user_id,
        stage=STAGE,
        stage_since=since,
        owner=user_id,
        attention=attention,
        note=_preferences_note(preferences, suppressions),
    )


def _without(preferences: Preferences, suppressions: Sequence[Suppression]) -> Preferences:
    """Return the preferences with the suppressed channels off."""
    off = {each.channel.value: False for each in suppressions}
    return preferences.model_copy(update={"channels": preferences.channels.model_copy(update=off)})


def _preferences_note(preferences: Preferences, suppressions: Sequence[Suppression]) -> str:
    """Return the preferences in one short line."""
    bounced = {each.channel: suppressed(each) for each in suppressions}
    consent = preferences.channels
    off = [channel for channel in Channel if channel not in bounced and not getattr(consent, channel)]
    parts = [*bounced.values(), *([f"opted out of {', '.join(off)}"] if off else [])]
    channels = " · ".join(parts) or "all channels"
    quiet = preferences.quiet_hours
    return f"{channels} · quiet {quiet.start} to {quiet.end}" if quiet else channels
