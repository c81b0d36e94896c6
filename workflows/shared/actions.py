"""What people may do to a workflow now: the answer of the query ``get_actions`` in every system."""

from typing import Self

from pydantic import Field

from workflows.shared.fields import Answer, Payload, ShortText
from workflows.shared.refusals import Refusal


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

    @classmethod
    def of(cls, name: str, effect: str, why_not: Refusal | None) -> Self:
        """Return an action that is called like its handler: illegal for the reason ``why_not``, or legal."""
        label = name.capitalize()
        return cls.illegal(name, label, why_not.words) if why_not else cls.legal(name, label, effect)

    @classmethod
    def legal(cls, name: str, label: str, effect: str) -> Self:
        """Return an action that may be taken now."""
        return cls(name=name, label=label, enabled=True, effect=effect)

    @classmethod
    def illegal(cls, name: str, label: str, reason: str) -> Self:
        """Return an action that may not be taken now, with the reason."""
        return cls(name=name, label=label, enabled=False, reason=reason)
