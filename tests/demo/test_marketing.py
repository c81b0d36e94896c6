"""The demo's campaigns write to their readers by name."""

from workers.demo.marketing import IDEAS
from workflows.campaigns.merging import merge


def test_every_message_is_merged_in_full() -> None:
    bodies = [merge(idea.body, {"user_id": "USER-001"}) for idea in IDEAS]
    assert any("USER-001" in body for body in bodies)
    assert not [body for body in bodies if "{" in body]
