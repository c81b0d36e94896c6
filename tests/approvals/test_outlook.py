"""Who is still needed, told from the state."""

from datetime import UTC, datetime

import pytest

from workflows.approvals.level_models import LevelRule
from workflows.approvals.models import (
    ApprovalRequest,
    ApprovalState,
    ApprovalStatus,
    LevelState,
    LevelStatus,
    Vote,
)
from workflows.approvals.outlook import Outlook, outlook

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)


def level(name: str, *pending: str, needed: int = 1, by: tuple[str, ...] = (), opened: bool = True) -> LevelState:
    votes = [Vote(approver=person, decision="approve", at=NOW) for person in by]
    passed = len(by) >= needed
    return LevelState(
        name=name,
        status=LevelStatus.APPROVED if passed else LevelStatus.OPEN if opened else LevelStatus.NOT_OPEN,
        rule=LevelRule(),
        votes=votes,
        pending=[] if passed else list(pending),
        approvers=[*by, *pending],
        needed=needed,
    )


def state(*levels: LevelState, status: ApprovalStatus = ApprovalStatus.IN_REVIEW) -> ApprovalState:
    return ApprovalState(
        request_id="REQ-1",
        status=status,
        version=1,
        current_level=0,
        levels=list(levels),
        request=ApprovalRequest(request_id="REQ-1", kind="leave", title="Two weeks in May", requester="ana"),
        stage_since=NOW,
        updated_at=NOW,
    )


CHAIN = (level("manager", by=("ben",)), level("hr", "emeka", "chen"), level("directors", "dora", "greta", opened=False))


@pytest.mark.parametrize(
    ("asked", "viewer", "told"),
    [
        (state(*CHAIN), "chen", Outlook(passes=True, words="you or emeka, then dora or greta")),
        (state(*CHAIN), None, Outlook(passes=True, words="emeka or chen, then dora or greta")),
        (
            state(level("board", "a", "b", "c", needed=3, by=("d",))),
            "b",
            Outlook(passes=True, words="2 of you, a and c"),
        ),
        (state(level("both", "a", "b", needed=2)), None, Outlook(passes=True, words="a and b")),
        (
            state(level("board", "a", needed=2)),
            None,
            Outlook(passes=False, words="level board needs 2 more, and 1 can still vote"),
        ),
        (state(), None, Outlook(passes=False, words="its levels are not known yet")),
        (state(*CHAIN, status=ApprovalStatus.REJECTED), None, Outlook(passes=False, words="it was rejected")),
    ],
)
def test_who_is_needed_in_the_order_of_the_levels(asked: ApprovalState, viewer: str | None, told: Outlook) -> None:
    assert outlook(asked, viewer) == told
