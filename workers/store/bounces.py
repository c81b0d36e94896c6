"""Bounces and complaints by address, and which addresses are suppressed.

An address is one whoever has it: users with the same mailbox or telephone are suppressed together, and a user with a
new address is not. For push the address is the user.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, and_, func, or_, select, update

from workers.store.among import among
from workers.store.consent_schema import bounces
from workers.store.fences import void_fences
from workers.store.inserts import insert_new
from workers.store.persons import MAILBOX, mailbox
from workers.store.schema import messages, users
from workflows.campaigns.bounces import (
    REASONS,
    Bounce,
    BounceKind,
    SavedBounce,
    SoftBounceRule,
    Suppression,
    is_late,
    suppresses,
)
from workflows.campaigns.models import Channel

AnyUser = Row[Any] | RowMapping | Mapping[str, Any]


def save_bounce(connection: Connection, bounce: Bounce, rule: SoftBounceRule) -> SavedBounce:
    """Keep a report once, and suppress its address if that is enough; then its users' actors must read the store."""
    # As other writers do: first the user, then the fence. Otherwise the two could deadlock.
    locked = select(users).where(users.c.user_id == bounce.user_id).with_for_update()
    user = connection.execute(locked).mappings().one_or_none()
    address = _address_of(connection, bounce, user)
    if user is None or not address:
        return SavedBounce(new=False, address=False)
    row = bounces.c
    same = and_(row.channel == bounce.channel.value, row.address == address)
    lifted_at = last_lifted(connection, bounce.channel, [address]).get(address)
    late = is_late(bounce.at, lifted_at)
    new = insert_new(connection, bounces, row_of(bounce, address, lifted_at if late else None))
    if new and not late:
        soft = and_(same, row.kind == BounceKind.SOFT.value, row.lifted_at.is_(None))
        if suppresses(bounce.kind, list(connection.scalars(select(row.at).where(soft))), rule):
            own = and_(same, row.kind == bounce.kind.value, row.bounce_key == bounce.key)
            connection.execute(update(bounces).where(own).values(suppresses=True))
            if bounce.kind is BounceKind.COMPLAINT:  # a new address changes nothing about that
                own_row = users.c.user_id == bounce.user_id
                connection.execute(update(users).where(own_row).values({bounce.channel.value: False}))
            void_fences(connection, _users_with(connection, bounce.channel, address))
    found = suppressions_of(connection, [user])[bounce.user_id]
    return SavedBounce(new=new, late=late, address=True, suppressions=list(found))


def suppressions_of(connection: Connection, of: Sequence[AnyUser]) -> Mapping[str, Sequence[Suppression]]:
    """Return the suppressions of each of these users' addresses, at most one for each channel: the latest."""
    addresses = {_field(user, "user_id"): _addresses(user) for user in of}
    row = bounces.c
    wanted = [
        and_(row.channel == channel.value, row.address.in_({each[channel] for each in addresses.values()} - {""}))
        for channel in Channel
    ]
    query = select(bounces).where(row.suppresses, row.lifted_at.is_(None), or_(*wanted)).order_by(row.at)
    known = {(each["channel"], each["address"]): each for each in connection.execute(query).mappings()}
    return {
        user_id: [
            _suppression(found)
            for channel in Channel
            if (found := known.get((channel.value, own[channel]))) is not None
        ]
        for user_id, own in addresses.items()
    }


def lift(connection: Connection, of: Sequence[AnyUser], lifted: Mapping[Channel, datetime]) -> None:
    """Suppress the addresses of these users no longer because of what was reported until then, by channel."""
    row = bounces.c
    for channel, at in lifted.items():
        addresses = {_addresses(user)[channel] for user in of}
        ended = and_(row.channel == channel.value, row.address.in_(addresses), row.lifted_at.is_(None), row.at <= at)
        connection.execute(update(bounces).where(ended).values(lifted_at=at))


def last_lifted(connection: Connection, channel: Channel, addresses: Collection[str]) -> Mapping[str, datetime]:
    """Return when addresses were last given back, of those that were."""
    if not addresses:
        return {}
    row = bounces.c
    latest = func.max(row.lifted_at, type_=row.lifted_at.type).label("latest")
    own = (row.channel == channel.value, among(connection, row.address, addresses), row.lifted_at.is_not(None))
    query = select(row.address, latest).where(*own).group_by(row.address)
    return {each.address: each.latest for each in connection.execute(query)}


def row_of(bounce: Bounce, address: str, lifted_at: datetime | None, *, suppresses: bool = False) -> dict[str, Any]:
    """Return the row of a report, which is ``lifted_at`` a moment if it is late."""
    return {
        "channel": bounce.channel.value,
        "address": address,
        "kind": bounce.kind.value,
        "bounce_key": bounce.key,
        "user_id": bounce.user_id,
        "send_id": bounce.send_id,
        "at": bounce.at,
        "detail": bounce.detail,
        "reported_by": bounce.by,
        "suppresses": suppresses,
        "lifted_at": lifted_at,
    }


def _suppression(row: RowMapping) -> Suppression:
    reason = REASONS[BounceKind(row["kind"])]
    channel = Channel(row["channel"])
    return Suppression(channel=channel, reason=reason, at=row["at"], detail=row["detail"], by=row["reported_by"])


def _address_of(connection: Connection, bounce: Bounce, user: AnyUser | None) -> str:
    """Return the address that a message went to, else the user's."""
    message = messages.c
    own = (message.user_id == bounce.user_id, message.channel == bounce.channel.value)
    sent_to = connection.scalar(select(message.address).where(message.send_id == bounce.send_id, *own))
    if sent_to:
        return mailbox(sent_to) if bounce.channel is Channel.EMAIL else sent_to
    return "" if user is None else _addresses(user)[bounce.channel]


def _addresses(user: AnyUser) -> Mapping[Channel, str]:
    """Return a user's addresses, as the table has them."""
    return {
        Channel.EMAIL: mailbox(_field(user, "email_address")),
        Channel.SMS: _field(user, "phone"),
        Channel.PUSH: _field(user, "user_id"),
    }


def _field(user: AnyUser, name: str) -> str:
    return str(getattr(user, name) if isinstance(user, Row) else user[name])


def _users_with(connection: Connection, channel: Channel, address: str) -> Sequence[str]:
    column = {Channel.EMAIL: MAILBOX, Channel.SMS: users.c.phone, Channel.PUSH: users.c.user_id}[channel]
    return list(connection.scalars(select(users.c.user_id).where(column == address)))
