"""Daily digests: one message about all that waits for a person, instead of one for each request."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, and_, select

from workers.store.directory import all_people
from workers.store.inserts import insert_new
from workers.store.schema import people
from workers.store.slack_schema import slack_cards, slack_messages
from workflows.approvals.people.calendars import NO_CALENDARS, find_calendar
from workflows.approvals.ports import Absence, Person
from workflows.approvals.slack.models import LevelCard
from workflows.shared.counts import number_of
from workflows.shared.zones import zone_info

NO_REQUEST = ""
"""In the place of a request's ID: a digest is about many."""
URGENT = timedelta(hours=24)
"""A request that is due sooner is not left for the next digest."""
MAX_LINES = 30


def with_digest(connection: Connection, person_ids: Iterable[str]) -> set[str]:
    """Return those of these people who want a digest."""
    row = people.c
    query = select(row.person_id).where(row.person_id.in_(list(person_ids)), row.digest.is_not(None))
    return set(connection.scalars(query))


def waits_for_digest(card: LevelCard, now: datetime) -> bool:
    """Return whether a card need not be told at once."""
    return card.due_at is None or card.due_at - now > URGENT


def due_digests(connection: Connection, now: datetime) -> list[Person]:
    """Return who is to get a digest now: those at work today, whose time of day has come, and who had none today."""
    row = slack_messages.c
    found = []
    for person in all_people(connection):
        day = _due_day(person, now)
        if day is None:
            continue
        told = and_(row.request_id == NO_REQUEST, row.part == _part(day), row.recipient == person.person_id)
        if connection.execute(select(row.part).where(told)).first() is None:
            found.append(person)
    return found


def put_digest(connection: Connection, person: Person, now: datetime) -> bool:
    """Write a person's digest of today; return whether there is anything in it. One is written, by whomever."""
    day = _due_day(person, now)
    if day is None:
        return False
    cards = _waiting(connection, person.person_id)
    state = {"state": "waiting"} if cards else {"state": "sent", "shown": 1}
    content = {"title": _title(cards), "text": _text(cards, person)}
    key = {"request_id": NO_REQUEST, "part": _part(day), "recipient": person.person_id}
    position = int(now.timestamp() * 1_000_000)
    values = {**key, "kind": "notice", "wanted": 1, "position": position, "content": content, **state}
    return insert_new(connection, slack_messages, values) and bool(cards)


def _part(day: date) -> str:
    return f"digest/{day}"


def _due_day(person: Person, now: datetime) -> date | None:
    """Return the person's day if its digest is due, None if it is not, or they are not at work."""
    if person.digest is None:
        return None
    local = now.astimezone(zone_info(person.timezone or "UTC"))
    day = local.date()
    if local.time() < time.fromisoformat(person.digest) or not find_calendar(NO_CALENDARS, person.calendar).spans(day):
        return None
    absences: list[Absence] = [*person.booked, *([person.absence] if person.absence else [])]
    away = any(each.since <= day and (each.until is None or day <= each.until) for each in absences)
    return None if away else day


def _waiting(connection: Connection, person_id: str) -> Sequence[LevelCard]:
    """Return the open cards that the person was not told of one by one, the first due ones first."""
    row, card = slack_messages.c, slack_cards.c
    of = and_(card.request_id == row.request_id, card.part == row.part)
    query = select(card.content).join_from(slack_messages, slack_cards, of)
    found = connection.scalars(query.where(row.recipient == person_id, row.state == "digest").order_by(row.position))
    cards = [LevelCard.model_validate(content) for content in found]
    mine = [each for each in cards if not each.outcome and person_id in each.deciders]
    return sorted(mine, key=lambda each: (each.due_at is None, each.due_at or datetime.max.replace(tzinfo=UTC)))


def _title(cards: Sequence[LevelCard]) -> str:
    return f"{number_of(len(cards), 'request')} {'waits' if len(cards) == 1 else 'wait'} for you"


def _text(cards: Sequence[LevelCard], person: Person) -> str:
    local = zone_info(person.timezone or "UTC")
    lines = []
    for each in cards[:MAX_LINES]:
        due = f", due {each.due_at.astimezone(local):%d %b %H:%M}" if each.due_at else ""
        lines.append(f"• {each.title}: {each.asked}, level {each.name}{due} ({each.request_id})")
    if len(cards) > MAX_LINES:
        lines.append(f"and {len(cards) - MAX_LINES} more")
    return "\n".join([*lines, "Decide in the channel, or in the console."])
