"""What people may do to a workflow now: the answer of the query ``get_actions`` in every system."""

from collections.abc import Callable, Sequence
from typing import Self

from pydantic import Field

from workflows.shared.fields import Answer, Payload, ShortText
from workflows.shared.refusals import PERSONAL, Refusal


class Viewer(Payload):
    """The person for whom ``get_actions`` answers; without one it answers for anyone."""

    person: ShortText


class Action(Answer):
    """Something a person may want to do: whether it is legal now, and its effect."""

    name: str = Field(description="the handler's name, such as cancel_order")
    label: str = Field(description="a verb for people, such as Cancel")
    enabled: bool
    reason: str | None = Field(default=None, description="why it is not legal now; null when it is")
    effect: str | None = Field(default=None, description="what it would do, in words and figures; null when not legal")
    personal: bool = Field(default=False, description="whether it is the person who may not; somebody else might")
    undoes: list[str] = Field(default=[], description="names of the actions that this one takes back")
    moves: bool = Field(
        default=False,
        description="whether the effect changes by itself all the time, such as a number of pending sends",
    )

    @classmethod
    def of(
        cls,
        name: str,
        label: str,
        effect: str | Callable[[], str],
        why_not: Refusal | str | None,
        *,
        undoes: Sequence[str] = (),
        moves: bool = False,
    ) -> Self:
        """Return an action that is illegal for the reason ``why_not``, or legal; only then is ``effect`` called."""
        action = cls(name=name, label=label, enabled=why_not is None, undoes=list(undoes), moves=moves)
        if why_not is None:
            action.effect = effect if isinstance(effect, str) else effect()
        elif isinstance(why_not, str):
            action.reason = why_not
        else:
            action.reason, action.personal = why_not.words, why_not.kind in PERSONAL
        return action
