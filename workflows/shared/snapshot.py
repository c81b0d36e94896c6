"""Answer of the query ``get_snapshot``: everything that a console shows of one workflow, in one call."""

from collections.abc import Mapping
from typing import Generic, Self, TypeVar

from pydantic import BaseModel, Field
from temporalio import workflow

from workflows.shared.actions import Action
from workflows.shared.fields import Answer
from workflows.shared.summary import Summary

ViewT = TypeVar("ViewT", bound=BaseModel)


class Snapshot(Answer, Generic[ViewT]):
    """View, actions and list row of one workflow at the same moment."""

    view: ViewT = Field(description="the answer of the system's own query, such as get_order")
    actions: list[Action] = Field(description="the answer of get_actions for the viewer")
    row: Summary = Field(description="the answer of get_summary")
    history_length: int = Field(description="number of history events that this answer includes")
    facts: dict[str, str] = Field(
        default_factory=dict,
        description="what a decision rests on besides the row, in words by name, such as the open level",
    )

    @classmethod
    def take(cls, view: ViewT, actions: list[Action], row: Summary, facts: Mapping[str, str] | None = None) -> Self:
        """Return the snapshot of the running workflow; for use in a query handler."""
        length = workflow.info().get_current_history_length()
        return cls(view=view, actions=actions, row=row, history_length=length, facts=dict(facts or {}))
