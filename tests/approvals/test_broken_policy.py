"""A policy file that cannot be used: requests wait for the operator, and go on by themselves."""

from pathlib import Path

import pytest

from tests.support.approvals import Office, leave
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.policy.reading import SAMPLE
from workflows.shared.errors import NoAnswerError


async def test_a_request_waits_until_the_policy_is_right(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("own_level = true\n", encoding="utf-8")
    office.policies.file = file
    request = leave()
    with pytest.raises(NoAnswerError, match="is started, and waits for an operator: the approval policy is wrong: "):
        await office.client.start(request)
    state = await office.client.get_state(request.request_id)
    assert (state.status, state.attention, state.levels) == (ApprovalStatus.IN_REVIEW, "policy", [])
    words = f"the approval policy is wrong: {file}:1: unknown key 'own_level'; did you mean own_levels?"
    assert (state.reason or "").startswith(words)
    file.write_bytes(SAMPLE.read_bytes())
    state = await office.state_when(request.request_id, lambda state: bool(state.levels))
    assert (state.attention, state.reason) == (None, None)
    assert [level.name for level in state.levels] == ["manager", "hr"]
    trail = await office.client.get_audit_trail(request.request_id)
    assert [entry.action for entry in trail.entries][:2] == ["request", "wait_for_policy"]


async def test_the_next_request_has_the_policy_as_it_is_then(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(SAMPLE.read_bytes())
    office.policies.file = file
    first = await office.start()
    level = '[[rule]]\n[[rule.level]]\nname = "chief"\napprovers = ["greta"]\nfallback = ["dora"]\n'
    file.write_text(level, encoding="utf-8")
    second = await office.start()
    states = [await office.client.get_state(each) for each in (first, second)]
    assert [[level.name for level in state.levels] for state in states] == [["manager", "hr"], ["chief"]]
