"""What Slack is to show and shows, and what is clicked there, on both databases."""

import asyncio
from datetime import timedelta

from tests.services.slack.conftest import CARD, CLOSED, NOON, wanted
from workers.store.engine import Store
from workers.store.leases import give_lease_back, take_lease
from workers.store.slack_clicks import Click, claim_click, end_click, keep_click, put_click_off
from workers.store.slack_messages import (
    MessageKey,
    SqlSlackMessages,
    begin_post,
    due_recipients,
    find_card,
    next_due,
    note_failed,
    note_shown,
    request_of,
)
from workers.store.types import utc_now
from workflows.approvals.models import Comment
from workflows.approvals.slack.models import Notice

CHANNEL = MessageKey("REQ-1", "v1/l0", "")
BEN = MessageKey("REQ-1", "v1/l0", "ben")
CLICK = Click("click/U0BEN/1.1/approve", "approve", "{}", "T0", "U0BEN", "D0BEN", "1.0")


async def test_a_card_is_due_until_its_latest_revision_is_shown(store: Store) -> None:
    board = SqlSlackMessages(store, on=True)
    await board.put(wanted(CARD))
    assert await store.read(due_recipients) == ["", "ben"]
    due = await store.read(next_due, "ben")
    assert due is not None
    assert (due.key, due.revision, due.posting, due.ts, due.card) == (BEN, 1, False, None, CARD)
    assert await store.write(begin_post, due)
    assert not await store.write(begin_post, due), "another process has begun"
    assert await store.read(next_due, "ben") is None
    await board.put(wanted(CLOSED, sequence=2))
    await store.write(note_shown, BEN, due.revision, "D0BEN", "1.1")
    again = await store.read(next_due, "ben")
    assert again is not None
    assert (again.revision, again.posting, again.ts, again.card) == (2, False, "1.1", CLOSED)
    await store.write(note_shown, BEN, again.revision, "D0BEN", "1.1")
    assert await store.read(next_due, "ben") is None
    assert await store.read(request_of, "D0BEN", "1.1") == BEN
    assert await store.read(find_card, "REQ-1", "v1/l0") == CLOSED


async def test_a_failure_waits_unless_there_is_something_newer(store: Store) -> None:
    board = SqlSlackMessages(store, on=True)
    await board.put(wanted(CLOSED))
    later = utc_now() + timedelta(hours=1)
    await store.write(note_failed, CHANNEL, 1, "failing", "channel_not_found", later)
    assert await store.read(due_recipients) == []
    [message] = (await board.state("REQ-1")).messages
    assert (message.state, message.error, message.retry_at) == ("failing", "channel_not_found", later)
    await board.put(wanted(CLOSED.model_copy(update={"outcome": "Rejected"}), sequence=2))
    assert await store.read(due_recipients) == [""]
    await store.write(note_failed, CHANNEL, 1, "failing", "channel_not_found", later)
    due = await store.read(next_due, "")
    assert due is not None
    assert (due.revision, due.state) == (2, "waiting")


async def test_puts_at_once_leave_the_latest(store: Store) -> None:
    board = SqlSlackMessages(store, on=True)
    notices = [Notice(event=str(number), text="told", recipients=["ana", "ana"]) for number in range(6)]
    said = [Comment(author="ben", text=str(number), at=NOON) for number in range(6)]
    titles = [CARD.model_copy(update={"title": str(number)}) for number in range(6)]
    puts = [
        wanted(card, sequence=number + 1, notices=[notices[number]], comments=said[: number + 1])
        for number, card in enumerate(titles)
    ]
    await asyncio.gather(*(board.put(put) for put in reversed(puts)))
    assert await store.read(find_card, "REQ-1", "v1/l0") == titles[-1]
    state = await board.state("REQ-1")
    assert len([message for message in state.messages if message.kind == "notice"]) == 6
    assert len([message for message in state.messages if message.kind == "comment"]) == 6 * 2
    assert (await board.state("REQ-2")).messages == []


async def test_a_click_is_claimed_by_one_and_ended_once(store: Store) -> None:
    assert await store.write(keep_click, CLICK)
    assert not await store.write(keep_click, CLICK)
    claims = await asyncio.gather(*(store.write(claim_click) for _ in range(5)))
    [claimed] = [claim for claim in claims if claim is not None]
    assert (claimed.click, claimed.attempts) == (CLICK, 0)
    await store.write(put_click_off, CLICK.click_key, timedelta())
    again = await store.write(claim_click)
    assert again is not None
    assert again.attempts == 1
    await store.write(end_click, CLICK, "not an approver", "REQ-1", "ben")
    assert await store.write(claim_click) is None
    [refused] = (await SqlSlackMessages(store, on=True).state("REQ-1")).refused_clicks
    assert (refused.action, refused.person, refused.reason) == ("approve", "ben", "not an approver")


async def test_one_of_many_has_a_lease(store: Store) -> None:
    minute = timedelta(minutes=1)
    taken = await asyncio.gather(*(store.write(take_lease, "relay", str(number), minute) for number in range(5)))
    assert taken.count(True) == 1
    owner = str(taken.index(True))
    assert await store.write(take_lease, "relay", owner, minute)
    await store.write(give_lease_back, "relay", owner)
    assert await store.write(take_lease, "relay", "x", minute)
