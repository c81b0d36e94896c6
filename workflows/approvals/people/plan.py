"""Plans an open level: who of its people is there, who stands in for them, and when their time is up."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from workflows.approvals.level_models import LevelPlan, LevelToPlan, PersonPlan
from workflows.approvals.people.calendars import hours_of
from workflows.approvals.people.working_time import due_at
from workflows.approvals.policy.calendars import CalendarTable
from workflows.approvals.ports import Directory, Person
from workflows.shared.zones import zone_info


async def plan_level(level: LevelToPlan, directory: Directory, calendars: Mapping[str, CalendarTable]) -> LevelPlan:
    """Return the plan of a level: its people in order, then the substitutes of those who are absent."""
    plans: dict[str, PersonPlan] = {}
    waiting = list(dict.fromkeys(level.people))
    while waiting:
        person_id = waiting.pop(0)
        plan = _plan(person_id, await directory.person(person_id), level, calendars)
        plans[person_id] = plan
        if plan.absent and plan.substitute and plan.substitute not in {*plans, *waiting}:
            waiting.append(plan.substitute)
    return LevelPlan(people=list(plans.values()), due_at=_level_due_at(level, plans))


def _plan(
    person_id: str, person: Person | None, level: LevelToPlan, calendars: Mapping[str, CalendarTable]
) -> PersonPlan:
    if person is None:
        return PersonPlan(person_id=person_id, known=False)
    calendar, zone = hours_of(calendars, person)
    absent, back = _absence(person, zone, level.at)
    return PersonPlan(
        person_id=person_id,
        absent=absent,
        absent_until=back,
        manager=person.manager,
        substitute=person.substitute if absent else None,
        due_at=due_at(level.opened_at, level.due, calendar, zone) if level.due else None,
    )


def _absence(person: Person, zone: str, at: datetime) -> tuple[bool, datetime | None]:
    """Return whether the person is absent at that moment, and when they are back if somebody knows."""
    clock = zone_info(zone)
    today = back = at.astimezone(clock).date()
    absences = [*person.booked, *([person.absence] if person.absence else [])]
    for away in sorted(absences, key=lambda each: each.since):  # one may follow upon another
        if away.since <= back and away.until is None:
            return True, None
        if away.until is not None and away.since <= back <= away.until:
            back = away.until + timedelta(days=1)
    if back == today:
        return False, None
    return True, datetime.combine(back, time(0), clock).astimezone(UTC)


def _level_due_at(level: LevelToPlan, plans: Mapping[str, PersonPlan]) -> datetime | None:
    """Return the latest due time of those who decide: who is there, or stands in; of all when that is nobody."""
    present = [plan for plan in (_who_decides(plans[each], plans) for each in level.people) if plan is not None]
    times = [plan.due_at for plan in present or plans.values() if plan.due_at is not None]
    return max(times, default=None)


def _who_decides(plan: PersonPlan | None, plans: Mapping[str, PersonPlan]) -> PersonPlan | None:
    """Return who has a person's place now, along the substitutes of those who are absent; None if nobody has."""
    seen: set[str] = set()
    while plan is not None and plan.absent and plan.person_id not in seen:
        seen.add(plan.person_id)
        plan = plans.get(plan.substitute) if plan.substitute else None
    return plan if plan is not None and plan.known and not plan.absent else None
