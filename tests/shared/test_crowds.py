"""Everybody is found in an attribute that holds the IDs of some."""

import json

import pytest

from workflows.shared.crowds import MAX_ATTRIBUTE_BYTES, fitting_people, is_among, is_mark


@pytest.mark.parametrize("length", [3, 20, 200])
@pytest.mark.parametrize("count", [0, 1, 100, 200])
def test_everybody_is_found_and_nobody_else(count: int, length: int) -> None:
    people = [f"{number:03}".ljust(length, "é") for number in range(count)]
    kept = fitting_people(people)
    assert len(json.dumps(kept)) <= MAX_ATTRIBUTE_BYTES
    assert all(is_among(person, kept) for person in people)
    assert not any(is_among(f"stranger-{number}", kept) for number in range(20))
    named = [each for each in kept if not is_mark(each)]
    assert named == people[: len(named)]
    assert (kept == people) is (len(json.dumps(people)) <= MAX_ATTRIBUTE_BYTES)


def test_more_than_marks_of_them_fit_is_cut() -> None:
    kept = fitting_people([f"person-{number:050}" for number in range(500)])
    assert all(map(is_mark, kept))
    assert len(json.dumps(kept)) <= MAX_ATTRIBUTE_BYTES
