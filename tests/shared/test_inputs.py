"""Every handler refuses input that does not fit."""

import pytest

from workflows.approvals.workflow import WORKFLOWS as APPROVALS
from workflows.campaigns.workflow import WORKFLOWS as CAMPAIGNS
from workflows.orders.workflow import WORKFLOWS as ORDERS


@pytest.mark.parametrize("workflow", [*ORDERS, *APPROVALS, *CAMPAIGNS])
def test_every_update_has_a_validator(workflow: type) -> None:
    """Without one the SDK accepts an update, and writes it into the history, before the interceptor sees it."""
    updates = {
        name: definition
        for name, method in vars(workflow).items()
        if (definition := getattr(method, "_defn", None)) is not None
    }
    assert [name for name, definition in updates.items() if definition.validator is None] == []
    assert all(definition.name == name for name, definition in updates.items()), "the interceptor looks it up by name"
