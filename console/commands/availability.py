"""Which commands may be run now, as the workflow says."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.commands.command import AnyCommand
from console.gateway.read_only import READ_ONLY
from console.gateway.rows import Row
from workflows.shared.actions import Action


@dataclass(frozen=True)
class ActionState:
    """A command, and whether it may be run now. ``allowed`` is None while the workflow has not answered yet."""

    command: AnyCommand
    allowed: bool | None
    why: str = ""
    """Why it may not be run."""
    effect: str = ""
    personal: bool = False
    """Whether it is the operator who may not; somebody else might."""
    moves: bool = False
    """Whether the effect changes by itself all the time."""


def availability(
    command: AnyCommand, actions: Sequence[Action] | None, row: Row | None, *, read_only: bool, noun: str
) -> ActionState:
    """Return whether ``command`` may be run on ``row``; ``actions`` is the latest answer of ``get_actions``.

    A run that was terminated still answers queries as if it could go on, so its close reason comes first.
    """
    if read_only:
        return ActionState(command, allowed=False, why=READ_ONLY)
    if command.creates:
        return ActionState(command, allowed=True)
    if barred := f"there is no {noun} to act on" if row is None else row.close_reason:
        return ActionState(command, allowed=False, why=barred)
    if actions is None:
        return ActionState(command, allowed=None, why=f"the {noun} has not answered yet")
    return offered(command, actions, noun=noun)


def offered(command: AnyCommand, actions: Sequence[Action], *, noun: str) -> ActionState:
    """Return whether ``command`` may be run on a workflow that has answered ``actions``."""
    action = next((action for action in actions if action.name == command.name), None)
    if action is None:
        return ActionState(command, allowed=False, why=f"the {noun} does not offer this")
    return ActionState(command, action.enabled, action.reason or "", action.effect or "", action.personal, action.moves)


def current(states: Sequence[ActionState]) -> list[ActionState]:
    """Return one state for each key: that of the first command which is allowed, or else of the first one.

    Commands on demand are left out unless they are allowed.
    """
    by_key: dict[str, ActionState] = {}
    for state in states:
        if state.command.on_demand and not state.allowed:
            continue
        shown = by_key.setdefault(state.command.key, state)
        if state.allowed and not shown.allowed:
            by_key[state.command.key] = state
    return list(by_key.values())
