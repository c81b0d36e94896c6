"""What a viewer's roles allow of the actions that a workflow offers. For queries only: no replay repeats them."""

from collections.abc import Sequence

from workflows.shared.actions import Action, Viewer
from workflows.shared.identity.current import IDENTITY
from workflows.shared.identity.permissions import WORDS, Access, Permission


def for_viewer(actions: Sequence[Action], viewer: Viewer | None, access: Access) -> list[Action]:
    """Return the actions, without those that need a role which the viewer lacks, where messages are signed."""
    if viewer is None or not IDENTITY.is_signed:
        return list(actions)
    return [_for_person(action, viewer.person, access.get(action.name)) for action in actions]


def _for_person(action: Action, person: str, need: Permission | None) -> Action:
    if not action.enabled or need is None or IDENTITY.operators.may(person, need):
        return action
    return refused(action, why_no_role(person, need))


def refused(action: Action, reason: str) -> Action:
    """Return an action that is not for this person."""
    return action.model_copy(update={"enabled": False, "effect": None, "reason": reason, "personal": True})


def why_no_role(person: str, need: Permission) -> str:
    """Return that somebody has no role that may do something, and which roles there are that may."""
    roles = " or ".join(IDENTITY.operators.roles_with(need))
    return f"{person} has no role that may {WORDS[need]}; it needs the role {roles}"
