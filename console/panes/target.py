"""What an action acts on: frozen when the key is pressed."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from console.gateway.rows import Row

ViewT = TypeVar("ViewT")


@dataclass(frozen=True)
class Target(Generic[ViewT]):
    """The workflow in focus when the key was pressed, and what the workflow said that the action would do."""

    row: Row
    view: ViewT
    effect: str

    @property
    def business_id(self) -> str:
        """The ID that people use, such as ``ORD-20250131-143022``."""
        return self.row.business_id
