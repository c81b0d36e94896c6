"""What people may do now, for anybody and for one person."""

from tests.support.approvals import NOW, Office, level, under_review
from workflows.approvals.actions import available_actions
from workflows.approvals.client import workflow_id
from workflows.approvals.review.review import Review
from workflows.approvals.updates import Approve, Reassign
from workflows.shared.actions import Action, Viewer

ALL = [
    "approve",
    "reject",
    "request_changes",
    "retract",
    "delegate",
    "ask",
    "snooze",
    "reassign",
    "extend_deadline",
    "comment",
    "attach",
    "resubmit",
    "withdraw",
]


def actions(review: Review, person: str | None = None) -> dict[str, Action]:
    return {action.name: action for action in available_actions(review, person, NOW)}


def test_effects_in_words_and_figures() -> None:
    review = under_review(kind="expense", amount=184_000, currency="USD")
    assert list(actions(review)) == ALL
    assert actions(review)["reject"].effect == "rejects the whole request on level manager, for good"
    for approver, effect in {
        "ben": "passes level manager, opens hr (chen or emeka)",
        "chen": "passes level hr, opens directors (dora or greta)",
        "dora": "approves the request of $1,840.00; then $1,840.00 is released for payment to ana",
    }.items():
        assert actions(review)["approve"].effect == effect
        review.approve(Approve(approver=approver), NOW)


def test_a_quorum_says_how_far_it_is() -> None:
    review = under_review(levels=[level("ben", "chen", "dora", rule={"kind": "quorum", "count": 2})])
    assert actions(review)["approve"].effect == "counts as approval 1 of 2 on level team"
    reason = actions(review, "zed")["approve"].reason
    assert reason == "zed is not among the approvers of this level: waiting for 2 of ben, chen and dora"
    review.approve(Approve(approver="dora"), NOW)
    assert actions(review, "dora")["approve"].reason == "dora has voted on level team: waiting for ben or chen"


def test_each_person_is_told_what_is_theirs() -> None:
    review = under_review()
    review.approve(Approve(approver="ben"), NOW)
    legal = {
        person: [name for name, action in actions(review, person).items() if action.enabled]
        for person in ("chen", "ana", "dora", "José \\ König")
    }
    votes = ["approve", "reject", "request_changes", "delegate", "ask", "snooze"]
    assert legal == {
        "chen": [*votes, "reassign", "comment"],
        "ana": ["comment", "withdraw"],
        "dora": ["comment"],
        "José \\ König": ["comment"],
    }
    assert [person for person in ("ben", "ana", "zed") if actions(under_review(), person)["attach"].enabled] == [
        "ben",
        "ana",
    ]
    assert actions(review, "dora")["approve"].effect is None
    reason = actions(review, "fay")["reassign"].reason
    assert reason == "fay is neither chen or emeka, nor the manager of one of them"


def test_a_seat_is_given_away_by_its_owner_their_manager_and_whom_the_policy_entitles() -> None:
    review = under_review(levels=[level("ben", "chen")])
    review.may_reassign = ["fay"]
    words = {person: actions(review, person)["reassign"].reason for person in ("ben", "dora", "fay", "ana", "emeka")}
    assert words == {
        "ben": None,
        "dora": None,
        "fay": None,
        "ana": "by: ana made this request and has no say in who decides it, or when",
        "emeka": "emeka is neither ben or chen, nor the manager of one of them, nor fay",
    }
    reassign = Reassign(level="team", remove="chen", add="emeka", by="dora", reason="ill")
    why_not = review.why_not_reassign(reassign)
    assert why_not is not None
    assert why_not.words == "by: dora is neither chen, nor their manager, nor fay"
    assert review.why_not_reassign(reassign.model_copy(update={"remove": "ben"})) is None


async def test_the_state_carries_them_and_a_closed_request_has_none(office: Office) -> None:
    request_id = await office.start(levels=[level("ben")])
    state = await office.client.approve(request_id, Approve(approver="ben"))
    assert not any(action.enabled for action in state.actions)
    await office.state_at_end(request_id)
    closed = await office.client.get_actions(workflow_id(request_id), Viewer(person="ben"))
    changes = {"extend_deadline", "comment", "attach", "resubmit", "withdraw"}
    assert {action.name: action.reason for action in closed} == {
        name: "the request was approved and takes no more changes"
        if name in changes
        else "the request was approved already and takes no more votes"
        for name in ALL
    }
