"""Daily digests: one message about all that waits for a person, instead of one for each request."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from html import escape

from sqlalchemy import Connection, and_, select, update

from workers.store.directory import all_people, find_person
from workers.store.inserts import insert_new
from workers.store.schema import people
from workers.store.slack_schema import slack_cards, slack_messages
from workflows.approvals.people.calendars import WorkCalendar, hours_of
from workflows.approvals.policy.calendars import CalendarTable
from workflows.approvals.ports import Absence, Person
from workflows.approvals.slack.models import LevelCard
from workflows.shared.counts import number_of
from workflows.shared.zones import zone_info

Calendars = Mapping[str, CalendarTable]
"""The policy's working calendars, by which deadlines count, too."""

NO_REQUEST = ""
"""In the place of a request's ID: a digest is about many."""
URGENT = timedelta(hours=24)
"""A request that is due sooner is not left for the next digest."""
LEAD = timedelta(hours=4)
"""A digest tells of a request at least so long before it is due."""
LOOK_AHEAD = 31
"""Days within which the next digest must come, if anything with a deadline shall wait for it."""
MAX_LINES = 30
MAX_TEXT = 2800
"""Characters of all lines, as Slack counts them: of a longer text it would show the start only."""


def with_digest(connection: Connection, person_ids: Iterable[str]) -> dict[str, Person]:
    """Return those of these people who want a digest, by their IDs."""
    row = people.c
    query = select(row.person_id).where(row.person_id.in_(list(person_ids)), row.digest.is_not(None))
    found = (find_person(connection, person_id) for person_id in connection.scalars(query).all())
    return {person.person_id: person for person in found if person is not None}


def waits_for_digest(card: LevelCard, person: Person | None, now: datetime, calendars: Calendars) -> bool:
    """Return whether a person, if they want digests, need not be told of a card at once: one tells in time."""
    if person is None or person.digest is None:
        return False
    if card.due_at is None:
        return True
    told_at = next_digest(person, now, calendars)
    return told_at is not None and card.due_at - now > URGENT and card.due_at - told_at >= LEAD


def tell_now(connection: Connection, now: datetime, calendars: Calendars) -> bool:
    """Have posted what was left for a digest and that none tells in time; return whether there is anything.

    A deadline may have been set since, or be near, and the person may want no digest any more.
    """
    row, card = slack_messages.c, slack_cards.c
    of = and_(card.request_id == row.request_id, card.part == row.part)
    query = select(row.request_id, row.part, row.recipient, card.content).join_from(slack_messages, slack_cards, of)
    left = connection.execute(query.where(row.state == "digest", row.shown == 0)).all()
    wants = with_digest(connection, {each.recipient for each in left})
    told = False
    for each in left:
        shown = LevelCard.model_validate(each.content)
        person = wants.get(each.recipient)
        if each.recipient not in shown.deciders or waits_for_digest(shown, person, now, calendars):
            continue
        same = and_(row.request_id == each.request_id, row.part == each.part, row.recipient == each.recipient)
        connection.execute(update(slack_messages).where(same, row.state == "digest").values(state="waiting"))
        told = True
    return told


def due_digests(connection: Connection, now: datetime, calendars: Calendars) -> list[Person]:
    """Return who is to get a digest now: those at work today, whose time of day has come, and who had none today."""
    row = slack_messages.c
    found = []
    for person in all_people(connection):
        day = _due_day(person, now, calendars)
        if day is None:
            continue
        told = and_(row.request_id == NO_REQUEST, row.part == _part(day), row.recipient == person.person_id)
        if connection.execute(select(row.part).where(told)).first() is None:
            found.append(person)
    return found


def put_digest(connection: Connection, person: Person, now: datetime, calendars: Calendars) -> bool:
    """Write a person's digest of today; return whether there is anything in it. One is written, by whomever."""
    day = _due_day(person, now, calendars)
    if day is None:
        return False
    cards = _waiting(connection, person.person_id)
    state = {"state": "waiting"} if cards else {"state": "sent", "shown": 1}
    content = {"title": _title(cards), "text": _text(cards, hours_of(calendars, person)[1])}
    key = {"request_id": NO_REQUEST, "part": _part(day), "recipient": person.person_id}
    position = int(now.timestamp() * 1_000_000)
    values = {**key, "kind": "notice", "wanted": 1, "position": position, "content": content, **state}
    return insert_new(connection, slack_messages, values) and bool(cards)


def _part(day: date) -> str:
    return f"digest/{day}"


def _due_day(person: Person, now: datetime, calendars: Calendars) -> date | None:
    """Return the person's day if its digest is due, None if it is not, or they are not at work."""
    if person.digest is None:
        return None
    calendar, zone = hours_of(calendars, person)
    local = now.astimezone(zone_info(zone))
    due = local.time() >= time.fromisoformat(person.digest) and _works_on(person, calendar, local.date())
    return local.date() if due else None


def next_digest(person: Person, now: datetime, calendars: Calendars) -> datetime | None:
    """Return when the person's next digest is due after ``now``; None if there is none, or not for long."""
    if person.digest is None:
        return None
    calendar, zone = hours_of(calendars, person)
    clock = zone_info(zone)
    today = now.astimezone(clock).date()
    for day in (today + timedelta(days=ahead) for ahead in range(LOOK_AHEAD)):
        moment = datetime.combine(day, time.fromisoformat(person.digest), clock).astimezone(UTC)
        if moment > now and _works_on(person, calendar, day):
            return moment
    return None


def _works_on(person: Person, calendar: WorkCalendar, day: date) -> bool:
    absences: list[Absence] = [*person.booked, *([person.absence] if person.absence else [])]
    away = any(each.since <= day and (each.until is None or day <= each.until) for each in absences)
    return not away and bool(calendar.spans(day))


def _waiting(connection: Connection, person_id: str) -> Sequence[LevelCard]:
    """Return the open cards that the person was not told of one by one, the first due ones first."""
    row, card = slack_messages.c, slack_cards.c
    of = and_(card.request_id == row.request_id, card.part == row.part)
    query = select(card.content).join_from(slack_messages, slack_cards, of)
    left = and_(row.recipient == person_id, row.state == "digest", row.shown == 0)
    found = connection.scalars(query.where(left).order_by(row.position))
    cards = [LevelCard.model_validate(content) for content in found]
    mine = [each for each in cards if not each.outcome and person_id in each.deciders]
    return sorted(mine, key=lambda each: (each.due_at is None, each.due_at or datetime.max.replace(tzinfo=UTC)))


def _title(cards: Sequence[LevelCard]) -> str:
    return f"{number_of(len(cards), 'request')} {'waits' if len(cards) == 1 else 'wait'} for you"


def _text(cards: Sequence[LevelCard], zone: str) -> str:
    local = zone_info(zone)
    lines: list[str] = []
    for each in cards[:MAX_LINES]:
        due = f", due {each.due_at.astimezone(local):%d %b %H:%M}" if each.due_at else ""
        line = f"• {each.title}: {each.asked}, level {each.name}{due} ({each.request_id})"
        if len(escape("\n".join([*lines, line]), quote=False)) > MAX_TEXT:
            break
        lines.append(line)
    if len(cards) > len(lines):
        lines.append(f"and {len(cards) - len(lines)} more")
    return "\n".join([*lines, "Decide in the channel, or in the console."])
