"""Levels as requests and policies give them: their rules, their time limits, and the words for what does not fit."""

import re
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from tests.support.approvals import leave, level, under_review
from workflows.approvals.due import Due, in_words, parse_due
from workflows.approvals.level_models import Level, LevelRule
from workflows.shared.inputs import one_line

HOUR, DAY = 3_600, 86_400


@pytest.mark.parametrize(
    ("text", "due", "words"),
    [
        ("36h", Due(seconds=36 * HOUR), "1 day 12 hours"),
        ("90m", Due(seconds=90 * 60), "1 hour 30 minutes"),
        ("90 min", Due(seconds=90 * 60), "1 hour 30 minutes"),
        ("2d", Due(seconds=2 * DAY), "2 days"),
        ("1 day", Due(seconds=DAY), "1 day"),
        ("30 s", Due(seconds=30), "30 seconds"),
        ("8 working hours", Due(working_seconds=8 * HOUR), "8 working hours"),
        ("1.5 Working Hours", Due(working_seconds=5_400), "1 working hour 30 working minutes"),
        ("2 working days", Due(working_days=2), "2 working days"),
        (" 1 working day ", Due(working_days=1), "1 working day"),
    ],
)
def test_a_time_limit_in_words(text: str, due: Due, words: str) -> None:
    assert parse_due(text) == due
    assert in_words(due) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "'soon' is no time limit; use one like 36h, 2d, 8 working hours or 2 working days"),
        ("8", "'8' is no time limit"),
        ("-3h", "'-3h' is no time limit"),
        ("3 weeks", "'3 weeks' is no time limit"),
        ("٣h", "is no time limit"),
        ("0h", "'0h' is too short; give at least 1s, at most 365 days"),
        ("366d", "'366d' is too long; give at least 1s, at most 365 days"),
        ("2081 working hours", "'2081 working hours' is too long; give at least 1s, at most 2,080 working hours"),
        ("261 working days", "too long; give at least 1s, at most 260 working days"),
        ("1.5 working days", "'1.5 working days' is no whole number of seconds or working days"),
        ("0.001s", "is no whole number of seconds"),
    ],
)
def test_what_is_no_time_limit_says_what_would_be(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_due(text)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rule": {"kind": "quorum"}}, "rule: the rule quorum takes either count or percent, and gives neither"),
        (
            {"rule": {"kind": "quorum", "count": 2, "percent": 50}},
            "rule: the rule quorum takes either count or percent, and gives both",
        ),
        ({"rule": {"kind": "all", "count": 2}}, "rule: count goes with the rule quorum, and only with it"),
        ({"rejection": {"percent": 50}}, "rejection: percent goes with the rule quorum, and only with it"),
        (
            {"rule": {"kind": "quorum", "percent": 101}},
            "rule.percent: Input should be less than or equal to 100, not 101",
        ),
        ({"due": "2d", "due_seconds": 5}, "due: due_seconds is given, too; give one of the two"),
        (
            {"due": "2 weeks"},
            "due: '2 weeks' is no time limit; use one like 36h, 2d, 8 working hours or 2 working days",
        ),
        (
            {"same_person": "twice"},
            "same_person: Input should be 'others' or 'skip', not 'twice'",
        ),
    ],
)
def test_a_level_that_does_not_fit_says_which_field(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Level.model_validate(level("ben", **fields))
    assert one_line(wrong.value) == words


@pytest.mark.parametrize(
    ("percent", "approvers", "needed"), [(50, 3, 2), (50, 4, 2), (1, 4, 1), (100, 7, 7), (34, 3, 2), (33, 3, 1)]
)
def test_a_quorum_in_percent_is_rounded_up(percent: int, approvers: int, needed: int) -> None:
    assert LevelRule(kind="quorum", percent=percent).needed(approvers) == needed


def test_what_a_level_says_reaches_the_chain() -> None:
    first = level("group:hr", "ben", rule={"kind": "quorum", "percent": 60}, rejection={"kind": "quorum", "count": 2})
    more = {"due": "2 working days", "console_only": True, "same_person": "skip", "fallback": ["greta", "ana"]}
    second = level("dora", name="board", parallel=True, **more)
    team, board = (step.level for step in under_review(levels=[first, second]).chain.steps)
    assert (team.needed, team.rejection.needed(3), team.parallel, team.due) == (2, 2, False, None)
    assert board.parallel
    assert board.console_only
    assert (board.due, board.due_seconds) == (Due(working_days=2), None)
    assert (board.same_person, board.fallback, board.fell_back) == ("skip", ["greta"], False)


@pytest.mark.parametrize("fields", [{"due": "1h"}, {"due_seconds": 3_600}])
def test_plain_time_limits_are_seconds(fields: dict[str, Any]) -> None:
    [step] = under_review(levels=[level("ben", **fields)]).chain.steps
    assert (step.level.due, step.level.due_seconds) == (Due(seconds=HOUR), HOUR)


def test_the_fallback_decides_when_only_the_requester_is_named() -> None:
    [step] = under_review(levels=[level("ana", fallback=["ana", "dora"])]).chain.steps
    assert (step.level.approvers, step.level.fell_back) == (["dora"], True)
    with pytest.raises(ApplicationError, match="has nobody left to approve it"):
        under_review(levels=[level("ana", fallback=["ana"])])


def test_more_rejects_than_approvers_are_refused() -> None:
    with pytest.raises(ApplicationError, match="level team asks for 3 rejects but has 2 approvers"):
        under_review(levels=[level("group:hr", rejection={"kind": "quorum", "count": 3})])


def test_the_first_level_is_parallel_to_none() -> None:
    with pytest.raises(ValidationError, match="level team is parallel, but it is the first; there is none before it"):
        leave(levels=[level("ben", parallel=True)])
