"""Leave that an approved request has booked: once for its key, beside what HR has told of absences."""

from datetime import UTC, date, datetime

import pytest

from tests.support.approvals import sample_company
from workers.store.directory import SqlDirectory, all_people
from workers.store.people import put_people
from workers.store.person_row import PersonRow
from workflows.approvals.level_models import LevelToPlan
from workflows.approvals.people.plan import plan_level
from workflows.approvals.ports import Absence, OtherBookingError, UnknownPersonError

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 4)


async def test_an_absence_is_booked_once_for_its_key() -> None:
    store = sample_company()
    directory = SqlDirectory(store)
    assert await directory.book_absence("ana", FIRST, LAST, "REQ-1")
    assert not await directory.book_absence("ana", FIRST, LAST, "REQ-1")
    assert await directory.book_absence("ana", date(2026, 11, 2), date(2026, 11, 2), "REQ-2")
    booked = (Absence(date(2026, 11, 2), date(2026, 11, 2)), Absence(FIRST, LAST))
    await store.write(put_people, [PersonRow(person_id="ana", name="Ana", absent_from=None)])
    ana = await directory.person("ana")
    assert ana is not None
    assert (ana.booked, ana.absence) == (booked, None)
    assert {each.person_id: each.booked for each in store.run(all_people)}["ana"] == booked


async def test_what_cannot_be_booked_changes_nothing() -> None:
    directory = SqlDirectory(sample_company())
    await directory.book_absence("ana", FIRST, LAST, "REQ-1")
    with pytest.raises(OtherBookingError, match="REQ-1 is known with last_day 2026-12-04, not 2026-12-05"):
        await directory.book_absence("ana", FIRST, date(2026, 12, 5), "REQ-1")
    with pytest.raises(UnknownPersonError, match="the directory does not know zed, so no absence is booked"):
        await directory.book_absence("zed", FIRST, LAST, "REQ-2")
    with pytest.raises(ValueError, match="the absence ends on 2026-12-01, before it begins on 2026-12-04"):
        await directory.book_absence("ana", LAST, FIRST, "REQ-3")
    ana = await directory.person("ana")
    assert ana is not None
    assert ana.booked == (Absence(FIRST, LAST),)


async def test_absences_that_follow_upon_each_other_are_one() -> None:
    store = sample_company()
    directory = SqlDirectory(store)
    told = PersonRow(person_id="ben", name="Ben", absent_from=date(2026, 12, 5), absent_until=date(2026, 12, 8))
    await store.write(put_people, [told])
    await directory.book_absence("ben", FIRST, LAST, "REQ-1")
    await directory.book_absence("ben", date(2026, 12, 10), date(2026, 12, 10), "REQ-2")
    for day, back in [(2, 9), (7, 9), (9, None), (10, 11), (11, None)]:
        now = datetime(2026, 12, day, 12, tzinfo=UTC)
        plan = await plan_level(LevelToPlan(level="x", people=["ben"], opened_at=now, at=now), directory, {})
        assert plan.people[0].absent_until == (datetime(2026, 12, back, tzinfo=UTC) if back else None)
        assert plan.people[0].absent is (back is not None)
