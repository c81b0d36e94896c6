"""Other workflows that a run has to do with."""

from collections.abc import Iterable, Sequence

from console.gateway.events.description import RunDescription
from console.gateway.events.event import Subject
from console.gateway.rows import RowKey
from console.history.choice import Choice
from console.history.groups import Group, History

WORDS = {Subject.CHILD: "child", Subject.EXTERNAL: "signalled", Subject.SIGNAL: "sender", Subject.RUN: "canceller"}
MAX_LINKS = 500


def links(history: History, description: RunDescription | None, related: Sequence[str]) -> list[Choice]:
    """Return parent, children, senders and receivers of signals, and related workflows, each once."""
    parent = description.parent if description else None
    found = [Choice("parent", parent)] if parent else []
    found += _of_groups(history.groups)
    named = {choice.key.workflow_id for choice in found}
    found += [Choice("related", RowKey(one, "")) for one in related if one not in named]
    return list({choice.key.workflow_id + choice.key.run_id: choice for choice in reversed(found)}.values())[::-1]


def _of_groups(groups: Iterable[Group]) -> list[Choice]:
    linked = [(group, group.link) for group in groups]
    return [
        Choice(WORDS.get(group.subject, "workflow"), link, group.name) for group, link in linked if link is not None
    ][-MAX_LINKS:]
