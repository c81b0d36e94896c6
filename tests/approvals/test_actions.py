"""What people may do now, for anybody and for one person."""

from tests.support.approvals import Office, level
from workflows.approvals.client import workflow_id
from workflows.approvals.models import Approve
from workflows.shared.actions import Action, Viewer


async def actions(office: Office, request_id: str, person: str | None = None) -> dict[str, Action]:
    viewer = Viewer(person=person) if person else None
    return {action.name: action for action in await office.client.get_actions(workflow_id(request_id), viewer)}


async def test_effects_in_words_and_figures(office: Office) -> None:
    request_id = await office.start(kind="expense", amount=184_000, currency="USD")
    seen = await actions(office, request_id)
    assert list(seen) == ["approve", "reject", "comment", "withdraw"]
    assert seen["approve"].effect == "passes level manager, opens hr (chen or emeka)"
    assert seen["reject"].effect == "rejects the whole request on level manager, for good"
    await office.client.approve(request_id, Approve(approver="ben"))
    assert (await actions(office, request_id))["approve"].effect == "passes level hr, opens directors (dora or greta)"
    await office.client.approve(request_id, Approve(approver="chen"))
    assert (await actions(office, request_id))["approve"].effect == "approves the request of $1,840.00"


async def test_a_quorum_says_how_far_it_is(office: Office) -> None:
    rule = {"kind": "quorum", "count": 2}
    request_id = await office.start(levels=[level("ben", "chen", "dora", rule=rule)])
    assert (await actions(office, request_id))["approve"].effect == "counts as approval 1 of 2 on level team"
    seen = await actions(office, request_id, "zed")
    assert seen["approve"].reason is not None
    assert "waiting for 2 of ben, chen and dora" in seen["approve"].reason
    await office.client.approve(request_id, Approve(approver="dora"))
    seen = await actions(office, request_id, "dora")
    assert seen["approve"].reason == "dora has voted on level team: waiting for ben or chen"


async def test_each_person_is_told_what_is_theirs(office: Office) -> None:
    request_id = await office.start()
    await office.client.approve(request_id, Approve(approver="ben"))
    legal = {
        person: [name for name, action in (await actions(office, request_id, person)).items() if action.enabled]
        for person in ("chen", "ana", "dora", "José \\ König")
    }
    assert legal == {
        "chen": ["approve", "reject", "comment"],
        "ana": ["comment", "withdraw"],
        "dora": ["comment"],
        "José \\ König": ["comment"],
    }
    refused = (await actions(office, request_id, "dora"))["approve"]
    assert refused.reason == "dora is not among the approvers of this level: waiting for chen or emeka"
    assert refused.effect is None


async def test_the_state_carries_them_and_a_closed_request_has_none(office: Office) -> None:
    request_id = await office.start(levels=[level("ben")])
    state = await office.client.approve(request_id, Approve(approver="ben"))
    assert [action.enabled for action in state.actions] == [False] * 4
    await office.state_at_end(request_id)
    closed = await actions(office, request_id, "ben")
    assert closed["approve"].reason == "the request was approved already and takes no more votes"
    assert closed["withdraw"].reason == "the request was approved and takes no more changes"
