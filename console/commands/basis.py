"""What a decision rests on, and what of it has changed since the dialog was opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.commands.availability import ActionState
from console.commands.command import Target
from console.model import unknown_stage
from console.systems.system import ConsoleSystem
from workflows.shared.errors import CallError
from workflows.shared.money import format_money
from workflows.shared.snapshot import Snapshot
from workflows.shared.timeline import TimelineEntry

MAX_ENTRIES = 3
"""Latest events that are told of what happened meanwhile."""


@dataclass(frozen=True)
class Basis:
    """A workflow as it was when somebody was asked: what is sent is decided on that.

    ``state`` is the action's, ``facts`` are what the decision rests on, in words by name, and ``timeline`` is what had
    happened.
    """

    target: Target[Any]
    state: ActionState
    facts: Mapping[str, str] = field(default_factory=dict)
    timeline: Sequence[TimelineEntry] = ()

    def changes(self, after: "Basis") -> list[str]:
        """Return in lines what is different ``after``, and who or what did it; empty if nothing is.

        An effect that changes by itself all the time is no reason to ask again.
        """
        found = [
            f"{name}: {self.facts.get(name) or 'none'} → {after.facts.get(name) or 'none'}"
            for name in dict.fromkeys([*self.facts, *after.facts])
            if self.facts.get(name) != after.facts.get(name)
        ]
        if self.state.effect != after.state.effect and not after.state.moves and not found:
            found.append(f"it said before: {self.state.effect}")
        if not found:
            return []
        known = {(entry.at, entry.text) for entry in self.timeline}
        new = [entry for entry in after.timeline if (entry.at, entry.text) not in known]
        return [*found, *(f"{entry.at:%Y-%m-%d %H:%M} UTC {entry.text}" for entry in new[-MAX_ENTRIES:])]


class NotSentError(CallError):
    """Nothing was sent, as a look at the workflow has shown that it should not be, or could not be made."""


class NotSeenError(NotSentError):
    """Nothing was sent yet, since its state is not known now; what is accepted again is sent all the same."""


class ChangedError(NotSentError):
    """Nothing was sent, since the workflow is not any more what was decided on; ``basis`` is what it is now."""

    def __init__(self, basis: Basis, changes: Sequence[str]) -> None:
        super().__init__("\n".join(["it has changed meanwhile, so nothing was sent yet:", *changes]))
        self.basis, self.changes = basis, changes


def basis_of(
    system: ConsoleSystem[Any, Any], snapshot: Snapshot[Any], state: ActionState, target: Target[Any]
) -> Basis:
    """Return what a decision on a workflow rests on that answered with ``snapshot``."""
    row = snapshot.row
    stage = next((one for one in system.stages if one.name == row.stage), None) or unknown_stage(row.stage)
    amount = format_money(row.amount, row.currency) if row.amount is not None and row.currency else ""
    facts = {
        "stage": stage.label,
        "amount": amount,
        **snapshot.facts,
        "due": f"{row.due_at:%Y-%m-%d %H:%M} UTC" if row.due_at else "",
        "needs a person": (row.attention or "").replace("_", " "),
    }
    return Basis(target, state, facts, system.timeline(snapshot.view) if system.timeline else ())
