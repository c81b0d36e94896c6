"""Reads what is known of users: a few statements, however many users."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from workers.store.bounces import suppressions_of
from workers.store.default_policies import known_defaults
from workers.store.fences import read_fences
from workers.store.persons import mailbox, members
from workers.store.schema import counted_sends, messages, user_settings, users
from workers.store.types import UtcDateTime, utc_now
from workflows.campaigns.actor_state import KEPT_SENDS
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.default_policy import latest_revision
from workflows.campaigns.models import ChannelConsent, Fence, Preferences
from workflows.campaigns.ports import User
from workflows.campaigns.steps import UserSettings

LONGEST_WINDOW = timedelta(days=366)
"""Of a rolling cap."""


def find_users(
    connection: Connection, user_ids: Sequence[str], reach: timedelta = LONGEST_WINDOW
) -> Mapping[str, User]:
    """Return those of these users that there are, each with a fence for an actor that begins with this.

    With a shorter ``reach`` they are no beginning for an actor: sends before are left out.
    """
    # Before the sends: what is written meanwhile makes the fence too old.
    return with_fences(connection, read_fences(connection, user_ids), reach)


def with_fences(
    connection: Connection, fences: Mapping[str, Fence], reach: timedelta = LONGEST_WINDOW
) -> Mapping[str, User]:
    """Return those users that there are, with the fences that are given for them, and their sends in this time."""
    found = connection.execute(select(users).where(users.c.user_id.in_(list(fences)))).all()
    if not found:
        return {}
    same = members(connection, [row.person for row in found])
    settings = settings_of(connection, [row.user_id for row in found])
    suppressed = suppressions_of(connection, found)
    sends = _sends(connection, {each["user_id"] for members_ in same.values() for each in members_}, reach)
    defaults = known_defaults(connection)
    revision = latest_revision(defaults)
    return {
        row.user_id: User(
            row.user_id,
            row.email_address,
            row.phone,
            row.timezone,
            Preferences(channels=listed_consent(row, same[row.person])),
            row.attributes,
            settings[row.user_id],
            _latest(sends, [each["user_id"] for each in same[row.person]]),
            tuple(suppressed[row.user_id]),
            fences[row.user_id].model_copy(update={"policy": revision}),
            defaults,
        )
        for row in found
    }


def listed_consent(user: Row[Any], same: Sequence[Mapping[str, Any]]) -> ChannelConsent:
    """Return the channels that a user's row accepts, given those of the same person."""
    channels = ChannelConsent(email=user.email, sms=user.sms, push=user.push)
    for other in same:
        # A mailbox has one reader; a telephone may be a family's, of whom each decides.
        email = other["email"] or mailbox(other["email_address"]) != mailbox(user.email_address)
        channels = channels.stricter(ChannelConsent(email=email))
    return channels


def settings_of(connection: Connection, user_ids: Sequence[str]) -> Mapping[str, UserSettings]:
    """Return what was set for each of these users."""
    query = select(user_settings).where(user_settings.c.user_id.in_(user_ids))
    known = {row["user_id"]: UserSettings.model_validate(dict(row)) for row in connection.execute(query).mappings()}
    return {user_id: known.get(user_id) or UserSettings() for user_id in user_ids}


def _latest(sends: Mapping[str, Sequence[CountedSend]], user_ids: Sequence[str]) -> Sequence[CountedSend]:
    return tuple(sorted((send for user_id in user_ids for send in sends.get(user_id, ())), key=lambda send: send.at))


def _sends(connection: Connection, user_ids: set[str], reach: timedelta) -> Mapping[str, Sequence[CountedSend]]:
    """Return what went out to each of these users or may have, within this time: the latest."""
    message, counted = messages.c, counted_sends.c
    since = utc_now() - reach
    granted_at = func.coalesce(message.granted_at, message.created_at, type_=UtcDateTime).label("at")
    recorded = select(
        message.user_id,
        message.send_id,
        message.campaign_id,
        message.channel,
        message.tags,
        message.transactional,
        granted_at,
    ).where(message.user_id.in_(user_ids), message.created_at > since, message.rejection.is_(None))
    told = select(
        counted.user_id,
        counted.send_id,
        counted.campaign_id,
        counted.channel,
        counted.tags,
        counted.transactional,
        counted.at,
    ).where(counted.user_id.in_(user_ids), counted.at > since)
    found: dict[str, list[CountedSend]] = defaultdict(list)
    for query, at, user_id in ((recorded, message.created_at, message.user_id), (told, counted.at, counted.user_id)):
        newest = func.row_number().over(partition_by=user_id, order_by=at.desc()).label("newest")
        ranked = query.add_columns(newest).subquery()
        for row in connection.execute(select(ranked).where(ranked.c.newest <= KEPT_SENDS)).mappings():
            found[row["user_id"]].append(CountedSend.model_validate({**row, "newest": None}))
    return found
