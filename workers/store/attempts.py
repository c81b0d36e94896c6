"""Refused attempts on requests that their own trails cannot take: the table ``approval_attempts``, append-only."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import approval_attempts
from workflows.approvals.attempt_models import RefusedAttempt
from workflows.approvals.audit import next_entry
from workflows.approvals.models import AuditEntry
from workflows.shared.inputs import printable

MAX_KEPT = 500
"""Of one request. No entry is ever dropped, so a flood may not fill the store."""
MAX_KEPT_EACH = 50
"""Of one person."""
MAX_DETAIL = 1_000
"""Characters."""


class SqlAttempts:
    """The port `AttemptBook`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, attempt: RefusedAttempt, at: datetime) -> None:
        """Append an attempt to those of its request, once for its ID."""
        await self._store.write(_keep, attempt, at)

    async def kept(self, request_id: str) -> list[AuditEntry]:
        """Return the attempts of a request, in order."""
        return await self._store.read(attempts_of, request_id)


def attempts_of(connection: Connection, request_id: str) -> list[AuditEntry]:
    """Return the attempts of a request, in order."""
    row = approval_attempts.c
    query = select(approval_attempts).where(row.request_id == request_id).order_by(row.sequence)
    names = AuditEntry.model_fields
    return [AuditEntry(**{name: each[name] for name in names}) for each in connection.execute(query).mappings()]


def _keep(connection: Connection, attempt: RefusedAttempt, at: datetime) -> None:
    """Append it. Two writers may find the same end of the chain: the database lets one of them append there."""
    row = approval_attempts.c
    known = select(func.count()).where(row.attempt_id == attempt.attempt_id)
    while not connection.scalar(known):
        entry = _entry(attempt, attempts_of(connection, attempt.request_id), at)
        if entry is None:
            return
        ids = {"attempt_id": attempt.attempt_id, "request_id": attempt.request_id}
        insert_new(connection, approval_attempts, {**ids, **entry.model_dump()})


def _entry(attempt: RefusedAttempt, entries: list[AuditEntry], at: datetime) -> AuditEntry | None:
    """Return the entry, None if the request, or the person, has as many as it may."""
    refusal = attempt.refusal
    before = sum(entry.actor == refusal.by for entry in entries)
    if len(entries) >= MAX_KEPT or before >= MAX_KEPT_EACH:
        return None
    last = len(entries) + 1 == MAX_KEPT or before + 1 == MAX_KEPT_EACH
    more = "; later ones are not kept" if last else ""
    where = f" through {refusal.channel}" if refusal.channel else ""
    words = printable(f"{refusal.update}{where}: {refusal.type}: {refusal.reason}", MAX_DETAIL)
    return next_entry(
        attempt.request_id, entries, at=at, actor=refusal.by, action="refused", detail=f"{words}{more}", log="attempts"
    )
