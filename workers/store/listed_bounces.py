"""Bounces and complaints that a list of users knows of: each suppresses its address once.

The same list again does so no more, so that an address that somebody gave back stays so.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from workers.store.among import among
from workers.store.bounces import last_lifted, row_of
from workers.store.consent_schema import bounces
from workers.store.inserts import insert
from workers.store.persons import MAILBOX, mailbox
from workers.store.schema import users
from workers.store.types import utc_now
from workers.store.user_row import ListedBounce
from workflows.campaigns.bounces import Bounce, is_late
from workflows.campaigns.models import Channel


class BouncedMailbox(NamedTuple):
    """A mailbox of which a list says that it bounced, and the user who has it there."""

    mailbox: str
    user_id: str
    bounce: ListedBounce

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what makes it one report."""
        at = self.bounce.at
        return self.mailbox, self.bounce.kind.value, f"import {at.isoformat()}" if at else "import"


def bounced(user_id: str, address: str, bounce: ListedBounce | None) -> list[BouncedMailbox]:
    """Return what a row says of its user's address: one, or none."""
    return [BouncedMailbox(mailbox(address), user_id, bounce)] if bounce and address else []


def not_kept(connection: Connection, listed: Iterable[BouncedMailbox]) -> list[BouncedMailbox]:
    """Return those of which the store does not know, each once, in the order of their keys."""
    wanted = {each.key: each for each in listed}
    if not wanted:
        return []
    row = bounces.c
    own = among(connection, row.address, {each.mailbox for each in wanted.values()})
    query = select(row.address, row.kind, row.bounce_key).where(row.channel == Channel.EMAIL.value, own)
    known = {(each.address, each.kind, each.bounce_key) for each in connection.execute(query)}
    return [wanted[key] for key in sorted(wanted.keys() - known)]  # sorted, so that two imports cannot deadlock


def keep(connection: Connection, listed: Iterable[BouncedMailbox]) -> Sequence[str]:
    """Suppress the mailboxes of new reports, and return them; see `users_with` for whose actors must hear of it."""
    new, now = not_kept(connection, listed), utc_now()
    lifted = last_lifted(connection, Channel.EMAIL, {each.mailbox for each in new})
    rows = [_row(each, now, lifted.get(each.mailbox)) for each in new]
    if rows:
        connection.execute(insert(connection, bounces).on_conflict_do_nothing(), rows)
    return [row["address"] for row in rows if row["suppresses"]]


def users_with(connection: Connection, mailboxes: Collection[str]) -> set[str]:
    """Return the users who have one of the mailboxes."""
    if not mailboxes:
        return set()
    return set(connection.scalars(select(users.c.user_id).where(among(connection, MAILBOX, mailboxes))))


def _row(listed: BouncedMailbox, now: datetime, lifted_at: datetime | None) -> dict[str, Any]:
    address, _, key = listed.key
    bounce = Bounce(
        key=key,
        user_id=listed.user_id,
        channel=Channel.EMAIL,
        kind=listed.bounce.kind,
        at=min(listed.bounce.at or now, now),
        detail=listed.bounce.detail or None,
        by=listed.bounce.by,
    )
    late = is_late(bounce.at, lifted_at)
    return row_of(bounce, address, lifted_at if late else None, suppresses=not late)
