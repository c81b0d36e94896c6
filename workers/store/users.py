"""Users whom campaigns may write to, and their segments."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, select, update

from workers.store.audience import first_of, segment_page, segment_size, unknown_users
from workers.store.bounces import lift, save_bounce, suppressions_of
from workers.store.default_policies import known_defaults
from workers.store.engine import Store
from workers.store.fences import NOTHING_GRANTED, claim_fence, pass_fence, void_fences
from workers.store.held_view import digests_of, held_of
from workers.store.inserts import insert, insert_new
from workers.store.known_users import find_users, listed_consent, settings_of, with_fences
from workers.store.near import near
from workers.store.opt_outs import still_on
from workers.store.persons import members
from workers.store.schema import counted_sends, merge_fields, segments, user_settings, users
from workers.store.types import utc_now
from workers.store.user_row import UserRow, as_json
from workers.store.user_sample import sample_users
from workers.store.user_writes import Merging, Upserted, add_merge_fields, write_users
from workflows.campaigns.bounces import Bounce, SavedBounce, SoftBounceRule
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.ports import User, UserSample
from workflows.campaigns.steps import SavedChanges, StoredLimits, UserChanges

Listed = tuple[User, Sequence[str]]
"""A user, and the segments of the user."""

SOFT_BOUNCES = SoftBounceRule()


class SqlUsers:
    """The port `Users`."""

    def __init__(self, store: Store, soft_bounces: SoftBounceRule = SOFT_BOUNCES) -> None:
        self._store = store
        self._soft_bounces = soft_bounces

    async def user(self, user_id: str) -> User | None:
        """Return the user, or None if nobody has that ID."""
        return (await self.users([user_id])).get(user_id)

    async def users(self, user_ids: Sequence[str]) -> Mapping[str, User]:
        """Return those of these users that there are, by their IDs."""
        return await self._store.read(find_users, user_ids)

    async def claim(self, user_id: str) -> User | None:
        """Return the user, if there is one, with a new fence of the store's.

        No earlier grant lets a message go out from now on.
        """
        return await self._store.write(_claim, user_id)

    async def limits(self, user_id: str) -> StoredLimits | None:
        """Return what limits the sends now, for an actor that has not read it yet; None if nobody has that ID."""
        return await self._store.read(_limits, user_id)

    async def save_changes(self, changes: UserChanges) -> SavedChanges:
        """Write what a user's actor was told. A known send stays as it is."""
        return await self._store.write(_save_changes, changes)

    async def save_bounce(self, bounce: Bounce) -> SavedBounce:
        """Keep what a provider says about an address, once by its key, and suppress the address if that is enough."""
        return await self._store.write(save_bounce, bounce, self._soft_bounces)

    async def sample(self, segment: str | None, limit: int) -> UserSample:
        """Return how many users there are, in a segment or in all, and up to ``limit`` of them by chance."""
        return await self._store.read(sample_users, segment, limit)

    async def merge_fields(self) -> list[str]:
        """Return the names of all attributes that users have."""
        return await self._store.read(_merge_fields)

    async def unknown_users(self, user_ids: Sequence[str]) -> list[str]:
        """Return those of the IDs that nobody has, in their order."""
        return await self._store.read(unknown_users, user_ids)

    async def like_user(self, user_id: str) -> list[str]:
        """Return IDs of users that are like one that is not known, the most alike first."""
        return await self._store.read(near, users.c.user_id, user_id)

    async def like_segment(self, segment: str) -> list[str]:
        """Return segments that are like one that is not known, the most alike first."""
        return await self._store.read(near, segments.c.segment, segment)

    async def some_users(self, limit: int) -> list[str]:
        """Return the IDs of the first ``limit`` users, in order."""
        return await self._store.read(first_of, users.c.user_id, limit)

    async def some_segments(self, limit: int) -> list[str]:
        """Return the first ``limit`` segments, in order."""
        return await self._store.read(first_of, segments.c.segment, limit)

    async def segment_size(self, segment: str) -> int | None:
        """Return how many users a segment has, or None if it is not known."""
        return await self._store.read(segment_size, segment)

    async def segment_page(self, segment: str, *, after: str | None, limit: int) -> list[str]:
        """Return up to ``limit`` user IDs of the segment that follow ``after``, in the order of their IDs."""
        return await self._store.read(segment_page, segment, after, limit)


def _claim(connection: Connection, user_id: str) -> User | None:
    return with_fences(connection, {user_id: claim_fence(connection, user_id)}).get(user_id)


def _limits(connection: Connection, user_id: str) -> StoredLimits | None:
    found = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
    if found is None:
        return None
    channels = listed_consent(found, members(connection, [found.person])[found.person])
    chosen = settings_of(connection, [user_id])[user_id].preferences
    accepted = channels.stricter(chosen.channels) if chosen else channels
    return StoredLimits(
        channels=accepted,
        suppressions=list(suppressions_of(connection, [found])[user_id]),
        defaults=list(known_defaults(connection)),
        held=held_of(connection, user_id),
        digests=digests_of(connection, user_id),
    )


def _save_changes(connection: Connection, changes: UserChanges) -> SavedChanges:
    """Write it, and return the fence to go on with.

    New settings make a new fence, which calls back what was granted before and has not gone out. What a lost actor was
    told is written too; the living one must read it then.
    """
    user_id = changes.user_id
    # As an import does: first the user, then the fence. Otherwise the two could deadlock.
    locked = select(users).where(users.c.user_id == user_id).with_for_update()
    lift(connection, connection.execute(locked).all(), changes.turned_on)
    granted_at = max((send.at for send in changes.granted), default=NOTHING_GRANTED)
    passes = pass_fence(connection, user_id, changes.fence, granted_at)
    reported = _write_sends(connection, user_id, changes.reported)
    changed = _write_settings(connection, changes)
    if not passes:
        if reported or changed:
            void_fences(connection, [user_id])
        return SavedChanges(fence=None)
    _write_sends(connection, user_id, changes.granted)
    counted = counted_sends.c
    connection.execute(delete(counted_sends).where(counted.user_id == user_id, counted.send_id.in_(changes.released)))
    if not changed:
        return SavedChanges(fence=changes.fence)
    return SavedChanges(fence=claim_fence(connection, user_id).model_copy(update={"policy": changes.fence.policy}))


def _write_settings(connection: Connection, changes: UserChanges) -> bool:
    row = user_settings.c
    settings = changes.settings.model_dump(mode="json")
    known = connection.execute(select(row.policy, row.number).where(row.user_id == changes.user_id)).one_or_none()
    if changes.settings.number <= (known.number if known else 0):
        return False
    if settings["policy"] != (known.policy if known else None):
        settings["policy_since"] = utc_now()
    statement = insert(connection, user_settings).values(user_id=changes.user_id, **settings)
    newer = row.number < changes.settings.number
    upsert = statement.on_conflict_do_update(index_elements=[row.user_id], set_=settings, where=newer)
    if connection.execute(upsert.returning(row.number)).first() is None:
        return False
    if preferences := changes.settings.preferences:
        # What was withdrawn here meanwhile, the actor may not know: it gives back only what it was told to.
        turned_on = still_on(connection, changes.user_id, changes.turned_on)
        changed = {name: on for name, on in preferences.channels if not on or name in turned_on}
        if changed:
            connection.execute(update(users).where(users.c.user_id == changes.user_id).values(changed))
    return True


def _write_sends(connection: Connection, user_id: str, sends: Sequence[CountedSend]) -> bool:
    """Write them, and return whether one was new."""
    new = [insert_new(connection, counted_sends, {"user_id": user_id, **send.model_dump()}) for send in sends]
    return any(new)


def _merge_fields(connection: Connection) -> list[str]:
    return list(connection.scalars(select(merge_fields.c.field).order_by(merge_fields.c.field)))


def upsert_users(connection: Connection, listed: Sequence[Listed], *, resubscribe: bool = False) -> Upserted:
    """Insert or change users, each listed once; afterwards they are in the listed segments only."""
    if not listed:
        return Upserted()
    add_merge_fields(connection, {name for user, _ in listed for name in user.attributes})
    return write_users(connection, [sorted(_row(*each) for each in listed)], Merging(resubscribe=resubscribe))


def _row(user: User, names: Sequence[str]) -> UserRow:
    channels = user.preferences.channels
    consent = channels.email, channels.sms, channels.push
    attributes = as_json(user.attributes)
    return UserRow(user.user_id, user.email_address, user.phone, user.timezone, *consent, attributes, names)
