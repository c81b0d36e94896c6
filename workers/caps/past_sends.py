"""Reads the sends of the past, by person: users with the same mailbox or telephone are one to the caps."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from workers.store.schema import counted_sends, messages, user_settings, users
from workers.store.types import UtcDateTime
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.what_if import PastSend

READ_AT_ONCE = 1_000
"""Rows that are fetched at a time."""


def people_with_own_policy(connection: Connection) -> set[str]:
    """Return the persons of whom a user has caps of their own, which no other policy changes."""
    row = user_settings.c
    person = func.coalesce(users.c.person, row.user_id)
    found = select(person).select_from(user_settings.outerjoin(users, users.c.user_id == row.user_id))
    return set(connection.scalars(found.where(row.policy.is_not(None))))


def past_sends(connection: Connection, since: datetime) -> Mapping[str, Sequence[PastSend]]:
    """Return what went to each person, or may have, since then; oldest first."""
    found: defaultdict[str, list[PastSend]] = defaultdict(list)
    message, told = messages.c, counted_sends.c
    granted_at = func.coalesce(message.granted_at, message.created_at, type_=UtcDateTime)
    person = func.coalesce(users.c.person, message.user_id).label("person")
    sent = select(
        person,
        message.send_id,
        message.campaign_id,
        message.channel,
        message.tags,
        granted_at.label("at"),
        message.transactional,
    ).select_from(messages.outerjoin(users, users.c.user_id == message.user_id))
    other = func.coalesce(users.c.person, told.user_id).label("person")
    reported = select(
        other, told.send_id, told.campaign_id, told.channel, told.tags, told.at, told.transactional
    ).select_from(counted_sends.outerjoin(users, users.c.user_id == told.user_id))
    ours, others = sent.where(granted_at >= since, message.rejection.is_(None)), reported.where(told.at >= since)
    for query in (ours, others):
        rows = connection.execute(query.execution_options(yield_per=READ_AT_ONCE)).mappings()
        for row in rows:
            send = CountedSend.model_validate({name: row[name] for name in CountedSend.model_fields})
            found[row["person"]].append(PastSend(send, bound=query is ours and not send.transactional))
    for each in found.values():
        each.sort(key=lambda past: (past.send.at, past.send.send_id))
    return found


def timezones(connection: Connection, persons: Collection[str]) -> Mapping[str, str]:
    """Return the time zones of persons; of one with several users that of the user who stands for the person."""
    rows = connection.execute(select(users.c.person, users.c.user_id, users.c.timezone).order_by(users.c.user_id))
    found: dict[str, str] = {}
    for row in rows:
        if row.person in persons and (row.user_id == row.person or row.person not in found):
            found[row.person] = row.timezone
    return found
