"""An outbox: messages to an outside system, each with its delivery state.

A row is claimed before it is sent and marked after: attempts never overlap, and one after a success does nothing. Only
an attempt that died in between, or got no answer, is repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, update
from typing_extensions import override

from workers.store.digest_parts import check_alone, go_alone, join_digest
from workers.store.engine import Store
from workers.store.fences import pass_fence
from workers.store.inserts import check_same, inserted
from workers.store.schema import emails, messages
from workers.store.types import utc_now
from workflows.campaigns.ports import StaleGrantError

LEASE = timedelta(seconds=120)
"""Timeout of a claim whose owner died. Every sending must time out well before it."""


class ClaimState(Enum):
    """Outcome of a claim."""

    CLAIMED = auto()
    """The caller is to send it now."""
    BUSY = auto()
    """Another attempt is sending it."""
    SENT = auto()
    REJECTED = auto()
    """It was refused for good; ``rejection`` says why."""
    UNCLEAR = auto()
    """It may have gone out, and is not sent again; ``unclear`` says why."""


@dataclass(frozen=True)
class Claim:
    """The row as first recorded, and whether to send it."""

    state: ClaimState
    row: RowMapping


class Outbox:
    """One table of messages, each sent once by its key.

    A known key keeps its first wording; with another ``identity``, such as another recipient, it raises
    `KeyConflictError`.
    """

    at_most_once = False
    """Whether a message that may have gone out is never sent again."""

    def __init__(self, store: Store, table: Table, *, identity: Sequence[str]) -> None:
        self._store = store
        self._table = table
        self._identity = identity
        (self._key,) = table.primary_key.columns

    async def record(self, key: str, content: Mapping[str, Any], *, sent: bool = False) -> None:
        """Record a message; ``sent`` if nothing else will send it."""
        await self._store.write(self._insert, key, {**content, "sent_at": utc_now() if sent else None})

    async def claim(self, key: str, content: Mapping[str, Any]) -> Claim:
        """Record a message, and claim it."""
        return await self._store.write(self._claim, key, content)

    async def mark_sent(self, key: str, **values: Any) -> None:  # noqa: ANN401 - columns of any type
        """Note that it was sent. ``values`` are further columns, such as its reference outside."""
        await self._store.write(self._set, key, {"claimed_until": None, "sent_at": utc_now(), **values})

    async def mark_rejected(self, key: str, reason: str, bounce: str | None = None) -> None:
        """Note that it was refused for good; ``bounce`` is kept where the table has a column for it."""
        said = {"bounce": bounce} if "bounce" in self._table.c else {}
        await self._store.write(self._set, key, {"claimed_until": None, "rejection": reason, **said})

    async def mark_unclear(self, key: str, reason: str) -> None:
        """Note that it may have gone out, so that it is not sent again."""
        await self._store.write(self._set, key, {"claimed_until": None, "unclear": reason})

    async def release(self, key: str) -> None:
        """Give the claim back: the sending failed, and may be retried at once."""
        await self._store.write(self._set, key, {"claimed_until": None})

    async def find(self, key: str) -> RowMapping | None:
        """Return the row, or None if the key is not known."""
        return await self._store.read(self._find, key)

    def _find(self, connection: Connection, key: str) -> RowMapping | None:
        return connection.execute(select(self._table).where(self._key == key)).mappings().one_or_none()

    def _claim(self, connection: Connection, key: str, content: Mapping[str, Any]) -> Claim:
        row = self._insert(connection, key, content)
        state = self._state(row)
        if state is ClaimState.CLAIMED:
            self._set(connection, key, {"claimed_until": utc_now() + LEASE, "attempts": row["attempts"] + 1})
        return Claim(state, row)

    def _insert(self, connection: Connection, key: str, content: Mapping[str, Any]) -> RowMapping:
        """Insert the row if its key is new, and return it as first recorded, locked."""
        columns = {name: value for name, value in content.items() if name in self._table.c}
        new = inserted(connection, self._table, {self._key.name: key, **columns}, *self._table.columns)
        if new is not None:
            self._check_new(connection, content)
            return new
        rows = connection.execute(select(self._table).where(self._key == key).with_for_update())
        row = rows.mappings().one()
        check_same(key, row, {field: content[field] for field in self._identity})
        return row

    def _state(self, row: RowMapping) -> ClaimState:
        if row["sent_at"] is not None:
            return ClaimState.SENT
        if row["rejection"] is not None:
            return ClaimState.REJECTED
        if row["claimed_until"] is not None and row["claimed_until"] > utc_now():
            return ClaimState.BUSY
        return ClaimState.CLAIMED

    def _check_new(self, connection: Connection, content: Mapping[str, Any]) -> None:
        """Raise if a message with a new key must not be recorded."""

    def _set(self, connection: Connection, key: str, values: Mapping[str, Any]) -> None:
        connection.execute(update(self._table).where(self._key == key).values(**values))


class MessageOutbox(Outbox):
    """The outbox of campaign messages: a new one needs the ``fence`` of the actor that counts its user's sends."""

    at_most_once = True

    @override
    def _claim(self, connection: Connection, key: str, content: Mapping[str, Any]) -> Claim:
        claim = super()._claim(connection, key, content)
        if claim.state is ClaimState.CLAIMED and claim.row["claimed_until"] is not None:
            why = {"claimed_until": None, "unclear": "its worker ended while sending it, so that it may have gone out"}
            self._set(connection, key, why)
            return Claim(ClaimState.UNCLEAR, self._find(connection, key) or claim.row)
        return claim

    @override
    def _state(self, row: RowMapping) -> ClaimState:
        state = super()._state(row)
        return ClaimState.UNCLEAR if state is ClaimState.CLAIMED and row["unclear"] else state

    @override
    def _insert(self, connection: Connection, key: str, content: Mapping[str, Any]) -> RowMapping:
        """Insert it, and put its parts into a digest, or see to it that it is in none.

        Held messages are locked before the fence, here and when they are held: otherwise the two could deadlock.
        """
        digest, tried_at = content.get("digest"), content.get("tried_at")
        if digest is not None:
            join_digest(connection, digest, utc_now())
        elif tried_at is not None:
            go_alone(connection, key, tried_at)
        row = super()._insert(connection, key, content)
        if digest is None and tried_at is not None:
            check_alone(connection, key)
        return row

    @override
    def _check_new(self, connection: Connection, content: Mapping[str, Any]) -> None:
        if not pass_fence(connection, content["user_id"], content["fence"], content["granted_at"]):
            raise StaleGrantError(f"user {content['user_id']} has another actor, or other settings or caps, by now")


def email_outbox(store: Store) -> Outbox:
    """Return the outbox of e-mails to customers."""
    return Outbox(store, emails, identity=["recipient"])


def message_outbox(store: Store) -> Outbox:
    """Return the outbox of campaign messages."""
    return MessageOutbox(store, messages, identity=["campaign_id", "user_id", "channel"])
