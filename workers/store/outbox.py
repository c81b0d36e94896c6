"""An outbox: what is to be handed to the outside, whether it was, and who is handing it over now.

A row is claimed before it is handed over, and marked after: two attempts never do it at the same time, and one that
comes after a success does nothing. Only an attempt that died between the two, or got no answer, is done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, update

from workers.store.engine import Store
from workers.store.inserts import check_same, insert_new
from workers.store.schema import emails, messages, notifications
from workers.store.types import utc_now

LEASE = timedelta(seconds=60)
"""How long a claim holds when its owner died. Every hand-over must time out well before it."""


class ClaimState(Enum):
    """What a claim came to."""

    CLAIMED = auto()
    """It is ours to hand over, now."""
    BUSY = auto()
    """Another attempt is handing it over."""
    SENT = auto()
    REJECTED = auto()
    """The outside refused it for good; ``rejection`` says why."""


@dataclass(frozen=True)
class Claim:
    """The row as it was written down first, and what may be done with it."""

    state: ClaimState
    row: RowMapping


class Outbox:
    """One table of things to hand over, each once by its key. ``identity`` are the fields that a key stands for."""

    def __init__(self, store: Store, table: Table, *, identity: Sequence[str]) -> None:
        self._store = store
        self._table = table
        self._identity = identity
        (self._key,) = table.primary_key.columns

    async def record(self, key: str, content: Mapping[str, Any], *, sent: bool = False) -> None:
        """Write the content down, unless the key is known (the first wording stays). ``sent`` when this is all.

        Raises:
            KeyConflictError: the key is known with another identity, such as another recipient.
        """
        await self._store.write(self._insert, key, {**content, "sent_at": utc_now() if sent else None})

    async def claim(self, key: str, content: Mapping[str, Any]) -> Claim:
        """Write the content down, unless the key is known (the first wording stays), and claim the row.

        Raises:
            KeyConflictError: the key is known with another identity, such as another recipient.
        """
        return await self._store.write(self._claim, key, content)

    async def mark_sent(self, key: str, **values: Any) -> None:  # noqa: ANN401 - columns of any type
        """Note that the outside has it. ``values`` are further columns, such as its reference there."""
        await self._store.write(self._set, key, {"claimed_until": None, "sent_at": utc_now(), **values})

    async def mark_rejected(self, key: str, reason: str) -> None:
        """Note that the outside refused it for good."""
        await self._store.write(self._set, key, {"claimed_until": None, "rejection": reason})

    async def release(self, key: str) -> None:
        """Give the claim back: the hand-over failed, and may be tried again at once."""
        await self._store.write(self._set, key, {"claimed_until": None})

    async def find(self, key: str) -> RowMapping | None:
        """Return the row, or None when the key is not known."""
        return await self._store.read(self._find, key)

    def _find(self, connection: Connection, key: str) -> RowMapping | None:
        return connection.execute(select(self._table).where(self._key == key)).mappings().one_or_none()

    def _claim(self, connection: Connection, key: str, content: Mapping[str, Any]) -> Claim:
        row = self._insert(connection, key, content)
        state = _state(row)
        if state is ClaimState.CLAIMED:
            self._set(connection, key, {"claimed_until": utc_now() + LEASE, "attempts": row["attempts"] + 1})
        return Claim(state, row)

    def _insert(self, connection: Connection, key: str, content: Mapping[str, Any]) -> RowMapping:
        """Insert the row if its key is new, and return what is there, locked."""
        insert_new(connection, self._table, {self._key.name: key, **content})
        rows = connection.execute(select(self._table).where(self._key == key).with_for_update())
        row = rows.mappings().one()
        check_same(key, row, {field: content[field] for field in self._identity})
        return row

    def _set(self, connection: Connection, key: str, values: Mapping[str, Any]) -> None:
        connection.execute(update(self._table).where(self._key == key).values(**values))


def _state(row: RowMapping) -> ClaimState:
    if row["sent_at"] is not None:
        return ClaimState.SENT
    if row["rejection"] is not None:
        return ClaimState.REJECTED
    if row["claimed_until"] is not None and row["claimed_until"] > utc_now():
        return ClaimState.BUSY
    return ClaimState.CLAIMED


def email_outbox(store: Store) -> Outbox:
    """Return the outbox of e-mails to customers."""
    return Outbox(store, emails, identity=["recipient"])


def message_outbox(store: Store) -> Outbox:
    """Return the outbox of campaign messages."""
    return Outbox(store, messages, identity=["campaign_id", "user_id", "channel"])


def notification_outbox(store: Store) -> Outbox:
    """Return the record of notifications; a sent one has its channel and ``ts`` at Slack."""
    return Outbox(store, notifications, identity=["request_id"])
