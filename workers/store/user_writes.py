"""Writes what a list says of users: new ones, and what changes of known ones."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, Text, cast, delete, select, update

from workers.store.among import among
from workers.store.bounces import lift, suppressions_of
from workers.store.bulk import insert_rows
from workers.store.fences import void_fences
from workers.store.inserts import insert_new
from workers.store.listed_bounces import BouncedMailbox, bounced, keep, not_kept, users_with
from workers.store.persons import join_persons, shared_addresses
from workers.store.schema import merge_fields, segment_members, segments, user_settings, users
from workers.store.types import utc_now
from workers.store.user_row import UserRow
from workflows.campaigns.models import Channel


class StoredUser(NamedTuple):
    """A row of the table, its columns in their order."""

    user_id: str
    email_address: str
    phone: str
    timezone: str
    email: bool
    sms: bool
    push: bool
    attributes: str
    """As JSON."""
    person: str


@dataclass(frozen=True)
class Merging:
    """How a list changes what is known."""

    timezone: str = ""
    """Of new users of whom the list says none."""
    resubscribe: bool = False
    """Whether consent that was withdrawn comes back where the list says yes."""

    def merged(self, row: UserRow, known: StoredUser | None) -> StoredUser:
        """Return the user after the list; what it does not say stays as it is."""
        user_id, address, phone, timezone, email, sms, push, attributes, *_ = row
        if known is None:
            consent = bool(email), bool(sms), bool(push)
            return StoredUser(user_id, address, phone, timezone or self.timezone, *consent, attributes, user_id)
        return StoredUser(
            user_id,
            address or known.email_address,
            phone or known.phone,
            timezone or known.timezone,
            self._consent(email, known=known.email, chosen=bool(known.email_address)),
            self._consent(sms, known=known.sms, chosen=bool(known.phone)),
            self._consent(push, known=known.push, chosen=True),
            _merged_attributes(attributes, known.attributes),
            known.person,
        )

    def _consent(self, wanted: bool | None, *, known: bool, chosen: bool) -> bool:  # noqa: FBT001 - what the list says
        """Return the consent to a channel. Without an address for it, that of a known user was not ``chosen``."""
        if wanted is None:
            return known
        return wanted and (known or self.resubscribe or not chosen)


DEFAULTS = Merging()


@dataclass(frozen=True)
class Upserted:
    """What became of a list of users."""

    written: int = 0
    """Users who were written."""
    kept_out: int = 0
    """Users who had opted out of a channel that the list gives them, and stay out."""
    shared: frozenset[str] = frozenset()
    """Mailboxes and phones that several users have."""
    suppressed: int = 0
    """E-mail addresses that get nothing any more, because the list says that they bounced."""

    def __add__(self, other: "Upserted") -> "Upserted":
        """Return what became of both lists."""
        return Upserted(
            self.written + other.written,
            self.kept_out + other.kept_out,
            self.shared | other.shared,
            self.suppressed + other.suppressed,
        )


@dataclass
class Compared:
    """A list, compared with what is known."""

    new: Sequence[UserRow] = ()
    changed: Sequence[UserRow] = ()
    same: int = 0
    """Users of whom it says what is known."""
    upserted: Upserted = field(default_factory=Upserted)
    """What became of these."""


def compare_users(connection: Connection, rows: Sequence[UserRow], merging: Merging = DEFAULTS) -> Compared:
    """Return which users of a list there is something to write of, in the order of their IDs."""
    rows = sorted(rows)
    known = _known(connection, [row.user_id for row in rows])
    if not known:
        return Compared(new=rows)
    member_of = _segments_of(connection, known)
    lifted = (
        _suppressed(connection, [row for row in rows if row.user_id in known], list(known.values()))
        if merging.resubscribe
        else set()
    )
    bouncing = {each.user_id for each in not_kept(connection, _bounces(rows, known))}
    new, changed, same, kept_out = [], [], [], 0
    for row in rows:
        stored = known.get(row.user_id)
        if stored is None:
            new.append(row)
        elif (
            merging.merged(row, stored) == stored
            and set(row.segments) == member_of.get(row.user_id, set())
            and row.user_id not in lifted
            and row.user_id not in bouncing
        ):
            same.append(stored)
            kept_out += _stays_out(row, stored)
        else:
            changed.append(row)
    shared = frozenset(shared_addresses(connection, same))
    return Compared(new, changed, len(same), Upserted(0, kept_out, shared))


def write_users(
    connection: Connection, parts: Iterable[Sequence[UserRow]], merging: Merging = DEFAULTS, *, new: bool = False
) -> Upserted:
    """Insert or change users, each listed once; afterwards they are in the listed segments only.

    Actors whose user has another consent, address or time zone now must read the store before they grant. ``new`` says
    that none was known a moment ago. Parts are in the order of the users' IDs, so that two imports cannot deadlock.
    """
    after: list[StoredUser] = []
    differs: list[tuple[StoredUser, StoredUser]] = []
    lifted: set[str] = set()
    listed: list[BouncedMailbox] = []
    kept_out = 0
    for rows in parts:
        known = _known(connection, [row.user_id for row in rows], lock=True) if not new else {}
        put = _put(connection, rows, known, merging)
        if len(put) < len(rows):  # another import made one of them meanwhile
            known = _known(connection, [row.user_id for row in rows], lock=True)
            put = _put(connection, rows, known, merging)
        after += put
        listed += _bounces(rows, {user.user_id: user for user in put}) if any(row.bounce for row in rows) else []
        differs += [(old, user) for user in put if (old := known.get(user.user_id)) and old != user]
        lifted |= _lift(connection, rows, put) if merging.resubscribe else set()
        kept_out += sum(_stays_out(row, user) for row, user in zip(rows, put, strict=True) if row.user_id in known)
    if merging.resubscribe:
        _resubscribe(connection, [user for old, user in differs if _consent(old) != _consent(user)])
    suppressed = keep(connection, listed)  # before the fences, as other writers do
    shared = join_persons(connection, after)
    changed = {user.user_id for old, user in differs if _for_actors(old) != _for_actors(user)}
    void_fences(connection, lifted | changed | users_with(connection, suppressed))
    return Upserted(len(after), kept_out, shared, len(suppressed))


def _put(
    connection: Connection, rows: Sequence[UserRow], known: Mapping[str, StoredUser], merging: Merging
) -> Sequence[StoredUser]:
    """Write users and their segments, and return what they are now; none if one that is not known is there."""
    after = [merging.merged(row, known.get(row.user_id)) for row in rows]
    new = [user for user in after if user.user_id not in known] if known else after
    if insert_rows(connection, users, new) < len(new):
        return []
    if known:
        changed = [user for user in after if known.get(user.user_id, user) != user]
        insert_rows(connection, users, changed, replace=True)
        connection.execute(delete(segment_members).where(among(connection, segment_members.c.user_id, known)))
    _add_to_segments(connection, rows)
    return after


def add_merge_fields(connection: Connection, fields: Iterable[str]) -> None:
    """Make names of attributes known."""
    wanted = sorted(fields)
    known = set(connection.scalars(select(merge_fields.c.field).where(merge_fields.c.field.in_(wanted))))
    for name in wanted:
        if name not in known:
            insert_new(connection, merge_fields, {"field": name})


def _add_to_segments(connection: Connection, rows: Iterable[UserRow]) -> None:
    """Add users to their segments, making the segments known."""
    members = [(name, row.user_id) for row in rows for name in dict.fromkeys(row.segments)]
    # Sorted, so that two imports cannot deadlock.
    insert_rows(connection, segments, [(name,) for name in sorted({name for name, _ in members})])
    insert_rows(connection, segment_members, members)


def _known(connection: Connection, user_ids: Sequence[str], *, lock: bool = False) -> dict[str, StoredUser]:
    columns = [cast(column, Text) if column is users.c.attributes else column for column in users.c]
    query = select(*columns).where(among(connection, users.c.user_id, user_ids))
    query = query.order_by(users.c.user_id).with_for_update() if lock else query
    return {row[0]: StoredUser._make(row) for row in connection.execute(query).all()}


def _segments_of(connection: Connection, user_ids: Collection[str]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    member = segment_members.c
    query = select(member.user_id, member.segment).where(among(connection, member.user_id, user_ids))
    for user_id, segment in connection.execute(query).all():
        found.setdefault(user_id, set()).add(segment)
    return found


def _merged_attributes(said: str, known: str) -> str:
    if said in (known, "{}"):
        return known
    before = json.loads(known)
    after = before | json.loads(said)
    return known if after == before else json.dumps(after)


def _stays_out(row: UserRow, after: StoredUser) -> bool:
    """Return whether a user has not got a consent that the list says."""
    said, is_so = (row.email, row.sms, row.push), _consent(after)
    return said != is_so and any(a is not None and a != b for a, b in zip(said, is_so, strict=True))


def _consent(user: StoredUser) -> tuple[bool, bool, bool]:
    return user.email, user.sms, user.push


def _for_actors(user: StoredUser) -> Sequence[object]:
    """Return what an actor decides by: what is suppressed is so for an address, and caps count in the time zone."""
    return *_consent(user), user.email_address, user.phone, user.timezone


def _bounces(rows: Iterable[UserRow], stored: Mapping[str, StoredUser]) -> list[BouncedMailbox]:
    """Return what a list says of the addresses of these users."""
    return [
        each
        for row in rows
        if row.bounce and (user := stored.get(row.user_id))
        for each in bounced(row.user_id, row.email_address or user.email_address, row.bounce)
    ]


def _suppressed(connection: Connection, rows: Sequence[UserRow], stored: Sequence[StoredUser]) -> set[str]:
    """Return the users whose address is suppressed for a channel to which the list says that they agree."""
    said = {row.user_id: row for row in rows if not row.bounce}
    of = [user._asdict() for user in stored if user.user_id in said]
    found = suppressions_of(connection, of) if of else {}
    return {
        user_id for user_id, each in found.items() if any(getattr(said[user_id], one.channel.value) for one in each)
    }


def _lift(connection: Connection, rows: Sequence[UserRow], stored: Sequence[StoredUser]) -> set[str]:
    """Write to suppressed addresses again where the list says yes, and return whose these are."""
    suppressed = _suppressed(connection, rows, stored)
    if not suppressed:
        return suppressed
    wanted = [(row, user._asdict()) for row, user in zip(rows, stored, strict=True) if row.user_id in suppressed]
    for channel in Channel:
        lift(connection, [user for row, user in wanted if getattr(row, channel.value)], {channel: utc_now()})
    return suppressed


def _resubscribe(connection: Connection, changed: Sequence[StoredUser]) -> None:
    """Let the consent that was set through the users' actors be that of their rows."""
    setting, now = user_settings.c, {user.user_id: user for user in changed}
    query = select(setting.user_id, setting.preferences).where(among(connection, setting.user_id, now))
    for user_id, preferences in connection.execute(query).all() if now else ():
        if preferences:
            channels = dict(zip((channel.value for channel in Channel), _consent(now[user_id]), strict=True))
            own = setting.user_id == user_id
            connection.execute(
                update(user_settings)
                .where(own)
                .values(preferences={**preferences, "channels": channels, "sources": {}})
            )
