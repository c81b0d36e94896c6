"""State of the step that an approved request runs."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from workflows.shared.fields import Answer, UtcDatetime

StepName = Literal["book_absence", "release_payment"]


class ApplyStatus(StrEnum):
    """Status of the step. ``NONE``: the request has none; ``SETTLED``: somebody did it by hand, or said why not."""

    NONE = "NONE"
    PENDING = "PENDING"
    APPLIED = "APPLIED"
    NEEDS_ACTION = "NEEDS_ACTION"
    SETTLED = "SETTLED"


class Application(Answer):
    """What follows from the approval, and how far it is."""

    step: StepName | None = None
    status: ApplyStatus
    words: str = Field(description="what the step does, or why there is none")
    key: str = Field(description="idempotency key of the step, of request and version")
    version: int
    content_hash: str = Field(description="of what was approved, and nothing else is applied")
    since: UtcDatetime
    tries: int = Field(default=1, description="how often it was begun, each with its own retries")
    error: str | None = Field(default=None, description="why it failed, while it needs action")
    by: str | None = Field(default=None, description="who settled it")
    note: str | None = Field(default=None, description="their words")
