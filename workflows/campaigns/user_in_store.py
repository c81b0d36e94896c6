"""What the store alone knows of a user, for people: no actor is started, and nothing is changed."""

from datetime import datetime, timedelta

from workflows.campaigns.actor_state import ActorState, why_not_zones
from workflows.campaigns.actor_view import user_state
from workflows.campaigns.caps import Limits, usage
from workflows.campaigns.default_policy import default_at, policy_of
from workflows.campaigns.models import CapPolicy, Preferences, SendDecision, SendRequest, UserState
from workflows.campaigns.ports import User
from workflows.campaigns.sending import record_of
from workflows.campaigns.steps import StoredLimits
from workflows.campaigns.user_answer import PolicyTrial
from workflows.campaigns.what_if import PastSend, reach, what_if
from workflows.campaigns.zones import ZoneTable, zones_needed, zones_of
from workflows.shared.zones import RULES_VERSION, offsets_between

DAYS = 30
"""Of the past that a policy is tried on."""


def state_in_store(user: User, now: datetime, stored: StoredLimits | None) -> UserState:
    """Return what an actor would answer that began now."""
    return user_state(_new_actor(user, now), now, stored).model_copy(update={"has_actor": False})


def decide_in_store(user: User, send: SendRequest, now: datetime, stored: StoredLimits | None) -> SendDecision:
    """Return what an actor would decide that began now. It grants nothing, so that there is no fence."""
    return _new_actor(user, now).decide(send, now, stored).model_copy(update={"fence": None})


def _new_actor(user: User, now: datetime) -> ActorState:
    return ActorState.of_record(user.user_id, record_of(user, now), now)


def try_policy(user: User, policy: CapPolicy | None, now: datetime) -> PolicyTrial:
    """Judge a user's sends under a policy, None for the default one of all users."""
    policy = policy or policy_of(default_at(user.defaults, now))
    since = now - timedelta(days=DAYS)
    start, end = since - reach(policy), now + reach(policy)
    offsets = {zone: offsets_between(zone, start, end) for zone in zones_needed([policy], None, user.timezone)}
    zones = ZoneTable(version=RULES_VERSION, read_at=now, offsets=offsets) if offsets else ZoneTable()
    if wrong := why_not_zones(zones_of(policy, None), zones):
        return PolicyTrial(days=DAYS, sends=0, refused=0, why_not=wrong.words)
    past = [PastSend(send, bound=not send.transactional) for send in user.sends if send.at > start]
    told = what_if(policy, zones, {user.user_id: past}, since, {user.user_id: user.timezone})
    return PolicyTrial(
        days=DAYS,
        sends=told.sends,
        refused=told.refused,
        by_rule=dict(told.by_rule.most_common()),
        usage=usage(Limits(policy, Preferences(), zones, timezone=user.timezone), user.sends, now),
    )
