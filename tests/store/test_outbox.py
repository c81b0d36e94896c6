"""Outboxes: who may hand a row over, and when."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from workers.store.engine import Store
from workers.store.errors import KeyConflictError
from workers.store.outbox import ClaimState, Outbox, email_outbox
from workers.store.schema import emails
from workers.store.types import utc_now

ADA = {"recipient": "ada@example.com", "subject": "Thanks", "body": "for your order"}


@pytest.fixture
def outbox(store: Store) -> Outbox:
    """Give the outbox of e-mails."""
    return email_outbox(store)


async def test_one_of_many_gets_the_row(outbox: Outbox) -> None:
    claims = await asyncio.gather(*(outbox.claim("k", ADA) for _ in range(20)))
    states = [claim.state for claim in claims]
    assert states.count(ClaimState.CLAIMED) == 1
    assert states.count(ClaimState.BUSY) == 19


async def test_a_released_row_is_claimed_again_and_a_sent_one_never(outbox: Outbox) -> None:
    await outbox.claim("k", ADA)
    await outbox.release("k")
    again = await outbox.claim("k", ADA)
    assert (again.state, again.row["attempts"]) == (ClaimState.CLAIMED, 1)
    await outbox.mark_sent("k")
    assert (await outbox.claim("k", ADA)).state is ClaimState.SENT


async def test_a_rejected_row_says_why(outbox: Outbox) -> None:
    await outbox.claim("k", ADA)
    await outbox.mark_rejected("k", "550 no such user")
    claim = await outbox.claim("k", ADA)
    assert (claim.state, claim.row["rejection"]) == (ClaimState.REJECTED, "550 no such user")


async def test_a_claim_runs_out_when_its_owner_died(store: Store, outbox: Outbox) -> None:
    await outbox.claim("k", ADA)
    await store.write(Connection.execute, update(emails).values(claimed_until=utc_now() - timedelta(seconds=1)))
    assert (await outbox.claim("k", ADA)).state is ClaimState.CLAIMED


async def test_the_first_wording_stays_and_another_recipient_is_an_error(outbox: Outbox) -> None:
    await outbox.record("k", ADA)
    claim = await outbox.claim("k", {**ADA, "body": "other words"})
    assert claim.row["body"] == "for your order"
    with pytest.raises(KeyConflictError, match=r"k is known with recipient ada@example\.com, not eve@example\.com"):
        await outbox.claim("k", {**ADA, "recipient": "eve@example.com"})


async def test_texts_and_times_come_back_as_they_were(outbox: Outbox) -> None:
    before = utc_now()
    text = "ünï\x1b[31m <b>&\0 \U0001f600 \u202e'; DROP TABLE emails; --\r\n\ttab"
    await outbox.record("k", {**ADA, "body": text})
    row = await outbox.find("k")
    assert row is not None
    assert row["body"] == text.replace("\0", "\ufffd")
    assert before <= row["created_at"] <= utc_now()
    assert row["created_at"].utcoffset() == timedelta(0)
    assert await outbox.find("unknown") is None
