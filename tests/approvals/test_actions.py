"""What people may do now, for anybody and for one person."""

from tests.support.approvals import NOW, Office, level, under_review
from workflows.approvals.client import workflow_id
from workflows.approvals.models import Approve
from workflows.approvals.review import Review
from workflows.approvals.views import available_actions
from workflows.shared.actions import Action, Viewer


def actions(review: Review, person: str | None = None) -> dict[str, Action]:
    return {action.name: action for action in available_actions(review, person)}


def test_effects_in_words_and_figures() -> None:
    review = under_review(kind="expense", amount=184_000, currency="USD")
    assert list(actions(review)) == ["approve", "reject", "comment", "withdraw"]
    assert actions(review)["reject"].effect == "rejects the whole request on level manager, for good"
    for approver, effect in {
        "ben": "passes level manager, opens hr (chen or emeka)",
        "chen": "passes level hr, opens directors (dora or greta)",
        "dora": "approves the request of $1,840.00",
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
    assert legal == {
        "chen": ["approve", "reject", "comment"],
        "ana": ["comment", "withdraw"],
        "dora": ["comment"],
        "José \\ König": ["comment"],
    }
    assert actions(review, "dora")["approve"].effect is None


async def test_the_state_carries_them_and_a_closed_request_has_none(office: Office) -> None:
    request_id = await office.start(levels=[level("ben")])
    state = await office.client.approve(request_id, Approve(approver="ben"))
    assert [action.enabled for action in state.actions] == [False] * 4
    await office.state_at_end(request_id)
    closed = await office.client.get_actions(workflow_id(request_id), Viewer(person="ben"))
    assert {action.name: action.reason for action in closed} == {
        "approve": "the request was approved already and takes no more votes",
        "reject": "the request was approved already and takes no more votes",
        "comment": "the request was approved and takes no more changes",
        "withdraw": "the request was approved and takes no more changes",
    }
