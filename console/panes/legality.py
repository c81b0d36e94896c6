"""Which keys may be used now, by the workflow's own word."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.gateway.rows import Row
from console.model import PaneAction
from workflows.shared.actions import Action

READ_ONLY = "this console only looks (--read-only)"


@dataclass(frozen=True)
class Judged:
    """A key's action, and the workflow's word on it. ``allowed`` is None while the workflow has not answered yet."""

    action: PaneAction
    allowed: bool | None
    why: str = ""
    effect: str = ""


def judge(
    action: PaneAction, answers: Sequence[Action] | None, row: Row | None, *, read_only: bool, noun: str
) -> Judged:
    """Return whether ``action`` may be taken on ``row``; ``answers`` is what ``get_actions`` said last.

    A run that was ended from outside still answers as if it could go on; nothing reaches it any more.
    """
    if read_only:
        return Judged(action, allowed=False, why=READ_ONLY)
    if not action.names_target:
        return Judged(action, allowed=True)
    if barred := f"there is no {noun} to act on" if row is None else row.ended:
        return Judged(action, allowed=False, why=barred)
    if answers is None:
        return Judged(action, allowed=None, why=f"the {noun} has not answered yet")
    answer = next((answer for answer in answers if answer.name == action.name), None)
    if answer is None:
        return Judged(action, allowed=False, why=f"the {noun} does not offer this")
    return Judged(action, allowed=answer.enabled, why=answer.reason or "", effect=answer.effect or "")


def meant(judged: Sequence[Judged]) -> Judged:
    """Return which of the actions on one key is meant: the one that is legal now, or else the first."""
    return next((one for one in judged if one.allowed), judged[0])
