"""The audit trail: what happened, in order, each entry sealed with the hash of the one before.

A hash is the SHA-256 of the entry, with the previous hash, as canonical JSON (RFC 3339 times, keys sorted, no blanks,
UTF-8). The first entry's previous hash is that of the request's ID. An entry that was changed, left out, moved or taken
from another request breaks the chain. Entries cut off at the end do not: compare the last hash with a copy.

Refused attempts that the workflow could not note are another chain, which begins with a hash of its own.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from workflows.approvals.models import AuditEntry, AuditTrail

Log = Literal["trail", "attempts"]
"""Which of a request's two chains."""


def next_entry(
    request_id: str,
    entries: Sequence[AuditEntry],
    *,
    at: datetime,
    actor: str,
    action: str,
    detail: str,
    log: Log = "trail",
) -> AuditEntry:
    """Return the entry that continues ``entries``."""
    entry = AuditEntry(
        sequence=len(entries) + 1,
        at=at,
        actor=actor,
        action=action,
        detail=detail,
        previous_hash=entries[-1].hash if entries else _first_hash(request_id, log),
        hash="",
    )
    return entry.model_copy(update={"hash": _hash_of(entry)})


def verify(trail: AuditTrail) -> bool:
    """Return whether no entry of both chains was changed, left out, moved or put in."""
    return broken_at(trail) is None and broken_at(trail, "attempts") is None


def broken_at(trail: AuditTrail, log: Log = "trail") -> int | None:
    """Return the place, from 1, of the first entry that was changed, or before which one was left out or put in."""
    previous = _first_hash(trail.request_id, log)
    for number, entry in enumerate(trail.entries if log == "trail" else trail.attempts, start=1):
        if entry.sequence != number or entry.previous_hash != previous or entry.hash != _hash_of(entry):
            return number
        previous = entry.hash
    return None


def _first_hash(request_id: str, log: Log) -> str:
    return _sha256({"request_id": request_id} | ({} if log == "trail" else {"log": log}))


def _hash_of(entry: AuditEntry) -> str:
    return _sha256(entry.model_dump(mode="json", exclude={"hash"}))


def _sha256(value: dict[str, Any]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
