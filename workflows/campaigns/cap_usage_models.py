"""How full the caps of many users are: the question, and the answer."""

from pydantic import Field

from workflows.shared.fields import Answer, Identifier, UtcDatetime
from workflows.shared.inputs import Input


class AskCapUsage(Input):
    """Asks how full the caps of the users of a segment are, or of all users."""

    segment: Identifier | None = None


class UsageStep(Answer):
    """Users who have used a cap at least ``first`` and at most ``last`` times."""

    first: int
    last: int
    users: int


class RuleSpread(Answer):
    """How full one cap is, across the users who have it."""

    rule: str
    limit: int
    users: int
    steps: list[UsageStep] = Field(description="from none to the limit; sends beyond it are a step of their own")


class CapUsage(Answer):
    """How full the caps of users were ``at`` a moment; ``sampled`` of the ``total`` users were read."""

    at: UtcDatetime
    segment: str | None = None
    total: int
    sampled: int
    rules: list[RuleSpread] = Field(default_factory=list)
