"""Refused attempts beside the trails of requests: each is kept once, and verifies as a trail does."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import update

from tests.support.memory_store import MemoryStore
from workers.store.attempts import MAX_KEPT, MAX_KEPT_EACH, SqlAttempts
from workers.store.engine import Store
from workers.store.schema import approval_attempts
from workflows.approvals.attempt_models import RefusedAttempt
from workflows.approvals.audit import broken_at, verify
from workflows.approvals.models import AuditTrail
from workflows.approvals.trail_files import from_json_lines, to_json_lines
from workflows.approvals.updates import NoteRefusal

NOW = datetime(2025, 1, 31, 15, 30, 22, 123456, tzinfo=UTC)


def attempt(number: int = 1, request_id: str = "REQ-1", **fields: object) -> RefusedAttempt:
    told = {"update": "approve", "by": "zed", "type": "Closed", "reason": "request REQ-1 has ended", **fields}
    return RefusedAttempt(attempt_id=f"A-{number}", request_id=request_id, refusal=NoteRefusal.model_validate(told))


async def kept(store: Store, request_id: str = "REQ-1") -> AuditTrail:
    return AuditTrail(request_id=request_id, entries=[], attempts=await SqlAttempts(store).kept(request_id))


async def test_each_is_kept_once_in_a_chain_of_its_request(store: Store) -> None:
    book = SqlAttempts(store)
    tries = [attempt(number) for number in (1, 2, 3, 2, 1)] + [attempt(4, "REQ-2")]
    await asyncio.gather(*(book.keep(each, NOW) for each in tries))
    trail = await kept(store)
    assert [entry.sequence for entry in trail.attempts] == [1, 2, 3]
    assert verify(trail)
    assert verify(await kept(store, "REQ-2"))
    assert not verify(trail.model_copy(update={"request_id": "REQ-2"}))
    assert not verify(trail.model_copy(update={"entries": trail.attempts}))  # it is no trail, nor the other way round


async def test_a_changed_row_shows(store: Store) -> None:
    for number in (1, 2, 3):
        await SqlAttempts(store).keep(attempt(number), NOW)
    second = approval_attempts.c.sequence == 2
    await store.write(lambda write: write.execute(update(approval_attempts).where(second).values(detail="approve: ok")))
    assert broken_at(await kept(store), "attempts") == 2


async def test_whatever_somebody_sent_is_one_line_that_verifies(store: Store) -> None:
    await SqlAttempts(store).keep(attempt(reason="a\0b\nc" + "x" * 3_000), NOW)
    trail = await kept(store)
    (entry,) = trail.attempts
    assert verify(trail)
    assert (entry.actor, entry.detail.isprintable(), len(entry.detail)) == ("zed", True, 1_000)
    assert from_json_lines(to_json_lines(trail)) == trail


async def test_a_flood_of_one_person_leaves_room_for_others() -> None:
    store = MemoryStore()
    book = SqlAttempts(store)
    people = MAX_KEPT // MAX_KEPT_EACH + 1
    for number in range(people * (MAX_KEPT_EACH + 1)):
        await book.keep(attempt(number, by=f"p{number % people}"), NOW)
    trail = await kept(store)
    assert (len(trail.attempts), verify(trail)) == (MAX_KEPT, True)
    assert trail.attempts[-1].detail.endswith("; later ones are not kept")
    await book.keep(attempt(999_999, "REQ-2", by="p0"), NOW)
    assert len((await kept(store, "REQ-2")).attempts) == 1
