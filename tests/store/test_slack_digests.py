"""One message a day for who wants that, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from tests.services.slack.conftest import CARD, CLOSED, NOON, wanted
from workers.services.slack.message import arguments_of
from workers.store.engine import Store
from workers.store.people import add_person
from workers.store.person_row import CALENDARS, PersonRow
from workers.store.slack_digests import due_digests, put_digest, tell_now
from workers.store.slack_messages import DueMessage, SqlSlackMessages, due_recipients, next_due
from workers.store.types import utc_now
from workflows.approvals.models import Comment
from workflows.approvals.people.calendars import NO_CALENDARS
from workflows.approvals.policy.calendars import CalendarTable

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Nine o'clock in Paris."""


@pytest.fixture
async def board(store: Store) -> SqlSlackMessages:
    """Give the board of a company in which ben wants a digest at nine."""
    await tell_of_ben(store)
    await store.write(add_person, PersonRow(person_id="dora", name="Dora"))
    return SqlSlackMessages(store, on=True)


async def tell_of_ben(store: Store, **fields: object) -> None:
    ben = {"person_id": "ben", "name": "Ben", "timezone": "Europe/Paris", "digest": "09:00", **fields}
    await store.write(add_person, PersonRow.model_validate(ben, context={CALENDARS: "shifts"}))


async def digest(store: Store, at: datetime) -> DueMessage | None:
    """Write what is due at that time, and return ben's message that is to be posted."""

    def write(connection: Connection) -> None:
        for person in due_digests(connection, at, NO_CALENDARS):
            put_digest(connection, person, at, NO_CALENDARS)

    await store.write(write)
    return await store.read(next_due, "ben")


async def states(board: SqlSlackMessages) -> dict[str, str]:
    return {each.recipient: each.state for each in (await board.state("REQ-1")).messages if each.kind == "card"}


async def test_what_can_wait_is_told_once_a_day(board: SqlSlackMessages, store: Store) -> None:
    due = CARD.model_copy(update={"deciders": ["ben", "dora"], "due_at": utc_now() + timedelta(days=7)})
    await board.put(wanted(due))
    assert await states(board) == {"": "waiting", "ben": "digest", "dora": "waiting"}
    assert await store.read(due_recipients) == ["", "dora"]
    assert await digest(store, MONDAY - timedelta(minutes=1)) is None
    told = await digest(store, MONDAY)
    assert told is not None
    assert told.content["title"] == "1 request waits for you"
    line = told.content["text"].splitlines()[0]
    assert line.startswith("• New lenses for the lab: expense of $480.00 by ana, level manager, due ")
    assert line.endswith("(REQ-1)")
    again = await digest(store, MONDAY + timedelta(hours=3))
    assert again is not None
    assert again.key == told.key, "no second one on the same day"
    assert await store.read(due_digests, MONDAY + timedelta(days=1), NO_CALENDARS) != []


async def test_what_is_due_within_a_day_is_told_at_once(board: SqlSlackMessages) -> None:
    await board.put(wanted(CARD.model_copy(update={"due_at": utc_now() + timedelta(hours=20)})))
    assert await states(board) == {"": "waiting", "ben": "waiting"}


async def test_what_was_decided_is_in_no_digest_and_nothing_is_sent_then(board: SqlSlackMessages, store: Store) -> None:
    await board.put(wanted(CARD))
    await board.put(wanted(CLOSED, sequence=2))
    assert await states(board) == {"": "waiting", "ben": "digest"}
    assert await digest(store, MONDAY) is None
    await board.put(wanted(CARD.model_copy(update={"version": 2}), sequence=3))
    assert await digest(store, MONDAY + timedelta(hours=1)) is None, "the time of today has gone"
    assert await digest(store, MONDAY + timedelta(days=1)) is not None


@pytest.mark.parametrize(
    ("at", "fields"),
    [
        (MONDAY - timedelta(days=1), {}),
        (datetime(2026, 7, 14, 9, tzinfo=UTC), {"calendar": "FR"}),
        (MONDAY, {"absent_from": date(2026, 3, 1), "absent_until": date(2026, 3, 2)}),
        (MONDAY, {"digest": None}),
    ],
)
async def test_nobody_is_told_on_a_day_off_or_who_does_not_want_it(
    board: SqlSlackMessages, store: Store, at: datetime, fields: dict[str, object]
) -> None:
    await board.put(wanted(CARD))
    await tell_of_ben(store, **fields)
    assert await store.read(due_digests, at, NO_CALENDARS) == []


async def test_a_digest_follows_the_calendars_of_the_policy(board: SqlSlackMessages, store: Store) -> None:
    await board.put(wanted(CARD))
    shifts = CalendarTable.model_validate({"days": ["sun", "mon"], "days_off": [MONDAY.date()]})
    calendars = {"shifts": shifts, "default": CalendarTable(timezone="America/New_York")}
    sunday = MONDAY - timedelta(days=1)
    await tell_of_ben(store, calendar="shifts")
    assert len(await store.read(due_digests, sunday, calendars)) == 1
    assert await store.read(due_digests, MONDAY, calendars) == []
    await tell_of_ben(store, calendar=None, timezone=None)
    assert await store.read(due_digests, MONDAY + timedelta(hours=5), calendars) == [], "it is eight in New York"
    assert len(await store.read(due_digests, MONDAY + timedelta(hours=6), calendars)) == 1


async def test_what_no_digest_of_a_shift_tells_in_time_is_told_at_once(store: Store) -> None:
    shifts = CalendarTable.model_validate({"days": ["sun"]})

    async def calendars() -> dict[str, CalendarTable]:
        return {"shifts": shifts}

    await tell_of_ben(store, calendar="shifts")
    board = SqlSlackMessages(store, on=True, calendars=calendars)
    day = utc_now() + timedelta(days=30)
    wednesday = day - timedelta(days=(day.weekday() - 2) % 7)
    await board.put(wanted(CARD.model_copy(update={"due_at": wednesday})))
    assert (await states(board))["ben"] == "digest"
    await store.write(tell_now, wednesday - timedelta(days=2), {"shifts": shifts})
    assert (await states(board))["ben"] == "waiting"


async def test_a_comment_does_not_wait_below_a_copy_that_nobody_posts(board: SqlSlackMessages, store: Store) -> None:
    said = Comment(author="fay", text="please", at=NOON)
    await board.put(wanted(CARD))
    await board.put(wanted(CARD, sequence=2, comments=[said]))
    assert await store.read(due_recipients) == [""]


async def released(store: Store, at: datetime) -> list[str]:
    """Return who is told at once after a look at that time."""
    await store.write(tell_now, at, NO_CALENDARS)
    return [each for each in await store.read(due_recipients) if each]


async def test_what_is_due_before_the_next_digest_does_not_wait_for_it(board: SqlSlackMessages, store: Store) -> None:
    friday = datetime(2099, 3, 6, 9, tzinfo=UTC)
    await board.put(wanted(CARD.model_copy(update={"due_at": friday + timedelta(days=2)})))
    assert await released(store, friday - timedelta(days=1)) == [], "there is a digest on Friday morning"
    assert await released(store, friday) == ["ben"], "there is none at the weekend"
    assert await states(board) == {"": "waiting", "ben": "waiting"}


async def test_who_wants_no_digest_any_more_is_told_of_what_was_left_for_it(
    board: SqlSlackMessages, store: Store
) -> None:
    await board.put(wanted(CARD))
    assert await released(store, MONDAY) == []
    await tell_of_ben(store, digest=None)
    assert await released(store, MONDAY) == ["ben"]


async def test_what_was_left_for_a_digest_and_is_closed_is_told_to_nobody(
    board: SqlSlackMessages, store: Store
) -> None:
    await board.put(wanted(CARD))
    await board.put(wanted(CLOSED, sequence=2))
    await tell_of_ben(store, digest=None)
    assert await released(store, MONDAY) == []


async def test_a_digest_says_how_much_of_it_does_not_fit(board: SqlSlackMessages, store: Store) -> None:
    title = "<&" * 90
    for level in range(20):
        await board.put(wanted(CARD.model_copy(update={"level": level, "title": title}), sequence=level + 1))
    told = await digest(store, MONDAY)
    assert told is not None
    shown = str(arguments_of(told)["blocks"][1].to_dict()["text"]["text"])
    assert shown.endswith(" more\nDecide in the channel, or in the console.")
