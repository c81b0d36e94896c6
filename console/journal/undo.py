"""Taking an action back, where the workflow itself offers that now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.commands.command import AnyCommand
from console.journal.entry import Entry, Outcome
from workflows.shared.actions import Action

DONE = frozenset((Outcome.ACCEPTED, Outcome.APPLIED))


@dataclass(frozen=True)
class Undo:
    """The command that takes an action back, or why there is none."""

    command: AnyCommand | None = None
    effect: str = ""
    why_not: str = ""


def undo_of(action: str, actions: Sequence[Action], commands: Sequence[AnyCommand]) -> Undo:
    """Return what takes ``action`` back; ``actions`` is what the workflow offers now."""
    offered = next((each for each in actions if action in each.undoes), None)
    command = next((each for each in commands if offered and each.name == offered.name), None)
    if offered is None or command is None:
        return Undo(why_not="no action takes it back")
    if not offered.enabled:
        return Undo(why_not=f"{command.verb}: not possible, {offered.reason}")
    return Undo(command, offered.effect or "")


def why_not_asked(entry: Entry, later: Sequence[Entry], operator: str, *, read_only: str = "") -> str:
    """Return why the workflow need not even be asked whether it offers one; ``later`` are the entries since."""
    if entry.outcome not in DONE:
        return "it has not taken effect, as far as is known"
    if any(_repeats(each, entry) for each in later):
        return "the same was done again since"
    if entry.acting_as != operator:
        return f"only {entry.acting_as} takes it back; @ acts as somebody else"
    return read_only


def _repeats(later: Entry, entry: Entry) -> bool:
    same: tuple[Any, ...] = (entry.workflow_id, entry.action, entry.server, entry.namespace)
    return later.outcome in DONE and (later.workflow_id, later.action, later.server, later.namespace) == same
