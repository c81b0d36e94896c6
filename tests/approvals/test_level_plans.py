"""The plan of an open level: who is there, who stands in, and when each one's time is up."""

import asyncio
from datetime import UTC, date, datetime

from workflows.approvals.due import parse_due
from workflows.approvals.level_models import LevelPlan, LevelToPlan
from workflows.approvals.people.plan import plan_level
from workflows.approvals.policy.calendars import CalendarTable
from workflows.approvals.policy.check import Company
from workflows.approvals.ports import Absence, Person

MONDAY = datetime(2026, 11, 30, 12, tzinfo=UTC)
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def plan(*people: Person, asked: str, due: str | None = "4 working hours", at: datetime = MONDAY) -> LevelPlan:
    level = LevelToPlan(
        level="team", people=asked.split(), due=parse_due(due) if due else None, opened_at=MONDAY, at=at
    )
    return asyncio.run(plan_level(level, Company(people), {"default": CalendarTable(timezone=BERLIN)}))


def person(name: str, zone: str | None = None, **more: object) -> Person:
    return Person(name, name, "", timezone=zone, **more)  # type: ignore[arg-type]  # of the test's own making


def away(since: int, until: int | None) -> Absence:
    return Absence(date(2026, 11, since), date(2026, 12, until) if until else None)


def test_everybody_has_their_own_hours_and_the_latest_counts() -> None:
    found = plan(person("ben"), person("eve", NEW_YORK), person("joe", "Asia/Tokyo"), asked="ben eve joe zed")
    assert [each.due_at for each in found.people] == [
        datetime(2026, 11, 30, 16, tzinfo=UTC),
        datetime(2026, 11, 30, 18, tzinfo=UTC),
        datetime(2026, 12, 1, 4, tzinfo=UTC),
        None,
    ]
    assert [each.known for each in found.people] == [True, True, True, False]
    assert found.due_at == datetime(2026, 12, 1, 4, tzinfo=UTC)


def test_without_a_time_limit_nothing_is_due() -> None:
    found = plan(person("ben"), asked="ben", due=None)
    assert (found.due_at, found.people[0].due_at) == (None, None)
    assert plan(person("ben"), asked="ben", due="90m").due_at == datetime(2026, 11, 30, 13, 30, tzinfo=UTC)


def test_substitutes_stand_in_one_after_the_other() -> None:
    people = [
        person("ben", absence=away(29, 2), substitute="dora"),
        person("dora", absence=away(30, None), substitute="eve"),
        person("eve", NEW_YORK, substitute="greta"),
        person("greta"),
    ]
    found = plan(*people, asked="ben")
    assert [(each.person_id, each.absent, each.substitute) for each in found.people] == [
        ("ben", True, "dora"),
        ("dora", True, "eve"),
        ("eve", False, None),
    ]
    assert [each.absent_until for each in found.people] == [datetime(2026, 12, 2, 23, tzinfo=UTC), None, None]
    assert found.due_at == datetime(2026, 11, 30, 18, tzinfo=UTC)


def test_substitutes_in_a_circle_are_nobody() -> None:
    people = [
        person("ben", absence=away(29, 2), substitute="dora"),
        person("dora", NEW_YORK, absence=away(30, None), substitute="ben"),
    ]
    found = plan(*people, asked="ben")
    assert [each.person_id for each in found.people] == ["ben", "dora"]
    assert found.due_at == datetime(2026, 11, 30, 18, tzinfo=UTC)  # of all: nobody is there


def test_an_absence_is_of_whole_days_on_the_persons_clock() -> None:
    joe = person("joe", "Asia/Tokyo", absence=Absence(date(2026, 12, 1), date(2026, 12, 1)))
    for at, absent in [
        (datetime(2026, 11, 30, 14, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 30, 15, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 1, 14, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 1, 15, 0, tzinfo=UTC), False),
    ]:
        [found] = plan(joe, asked="joe", at=at).people
        assert found.absent is absent
        assert found.absent_until == (datetime(2026, 12, 1, 15, tzinfo=UTC) if absent else None)


def test_who_is_absent_alone_keeps_nobody_waiting_longer() -> None:
    people = [person("ben"), person("joe", NEW_YORK, absence=away(29, 2))]
    assert plan(*people, asked="ben joe").due_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
