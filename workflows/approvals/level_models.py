"""Levels of a chain: as a request or the policy names them, as resolved to people, and as planned in time."""

from typing import Literal

from pydantic import Field, model_validator

from workflows.approvals.due import YEAR, Due, DueText, parse_due
from workflows.shared.fields import Answer, Identifier, Integer, Payload, ShortText, UtcDatetime, wrong_field

OnTimeout = Literal["escalate", "reject", "remind"]
SamePerson = Literal["others", "skip"]

MAX_NAMED = 100
"""Names in one list of a level."""


class LevelRule(Payload):
    """How many of a level's approvers it takes: all, any one, ``count`` of them, or ``percent`` of them, rounded up."""

    kind: Literal["any", "all", "quorum"] = Field(default="any", title="Rule")
    count: Integer | None = Field(default=None, title="Quorum", ge=1, le=100)
    percent: Integer | None = Field(default=None, title="Quorum in percent", ge=1, le=100)

    @model_validator(mode="after")
    def _sizes_fit(self) -> "LevelRule":
        if self.kind != "quorum":
            for name in ("count", "percent"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} goes with the rule quorum, and only with it")
        elif (self.count is None) == (self.percent is None):
            given = "neither" if self.count is None else "both"
            raise ValueError(f"the rule quorum takes either count or percent, and gives {given}")
        return self

    def needed(self, approvers: int) -> int:
        """Return how many of so many approvers it takes. A count is what it is, even when they are fewer."""
        if self.kind == "all":
            return approvers
        if self.percent is not None:
            return -(-self.percent * approvers // 100)
        return self.count or 1


class Level(Payload):
    """One step of a chain.

    An approver is a person's ID, ``group:NAME`` for all members of a group, ``manager`` for the requester's manager, or
    ``manager.manager`` for the manager's manager, and so on.
    """

    name: ShortText = Field(title="Level")
    approvers: list[Identifier] = Field(min_length=1, max_length=MAX_NAMED)
    rule: LevelRule = Field(default_factory=LevelRule)
    rejection: LevelRule = Field(
        default_factory=LevelRule, title="Rejection", description="how many rejects reject the level and the request"
    )
    parallel: bool = Field(default=False, description="it opens together with the level before it")
    due_seconds: Integer | None = Field(
        default=None, title="Due after", description="how long the level may take", ge=1, le=YEAR
    )
    due: DueText | None = Field(
        default=None, title="Or due in", description="36h, 2d, 8 working hours, 2 working days", validate_default=True
    )
    on_timeout: OnTimeout = Field(default="remind", title="When overdue")
    escalate_to: list[Identifier] = Field(default_factory=list, max_length=MAX_NAMED)
    fallback: list[Identifier] = Field(
        default_factory=list, max_length=MAX_NAMED, description="who decides when none of the approvers is left"
    )
    console_only: bool = Field(default=False, description="Slack shows it, and does not decide it")
    same_person: SamePerson = Field(
        default="others", description="who voted on an earlier level: others decide this one, or that vote passes it"
    )

    @model_validator(mode="after")
    def _can_pass(self) -> "Level":
        if self.on_timeout == "escalate" and not self.escalate_to:
            words = "it is empty, but on_timeout is escalate; name at least one person"
            raise wrong_field(self, "escalate_to", words)
        if self.due is not None and self.due_seconds is not None:
            raise wrong_field(self, "due", "due_seconds is given, too; give one of the two")
        return self

    @property
    def time_limit(self) -> Due | None:
        """Its time limit, in whichever field it is; None when it may take any time."""
        if self.due is not None:
            return parse_due(self.due)
        return None if self.due_seconds is None else Due(seconds=self.due_seconds)


class ResolvedLevel(Answer):
    """A level with its groups replaced by people, the requester left out, and its rule as a number of approvals."""

    name: str
    rule: LevelRule
    approvers: list[str]
    needed: int
    rejection: LevelRule = Field(default_factory=LevelRule)
    parallel: bool = False
    due_seconds: int | None = None
    due: Due | None = None
    """Its time limit, also when it is in plain seconds."""
    on_timeout: OnTimeout = "remind"
    escalate_to: list[str] = Field(default_factory=list)
    fallback: list[str] = Field(default_factory=list)
    fell_back: bool = False
    """Whether ``approvers`` are those of ``fallback``, since there was nobody else."""
    console_only: bool = False
    same_person: SamePerson = "others"


class ResolvedChain(Answer):
    """Chain of one request, computed once, from policy and directory as they were at its start."""

    levels: list[ResolvedLevel]
    rule: str | None = None
    """What the rule of the policy is called that gave it; None for the levels of the request itself."""
    may_reassign: list[str] = Field(default_factory=list)
    """Who may reassign, besides the approver and the approver's manager."""
    managers: dict[str, str | None] = Field(default_factory=dict)
    """The manager of each approver."""
    expires_after_seconds: int | None = None
    """When the request ends undecided, from its start."""


class LevelToPlan(Answer):
    """A level that is open: who has which time for it? Input of the activity ``plan_level``."""

    level: str
    people: list[str]
    due: Due | None = None
    opened_at: UtcDatetime
    at: UtcDatetime
    """For which moment: whoever is absent then."""


class PersonPlan(Answer):
    """What calendar and directory say of one person of a level."""

    person_id: str
    known: bool = True
    """False for somebody who is not in the directory any more."""
    absent: bool = False
    absent_until: UtcDatetime | None = None
    """When they are back, if they are absent and somebody knows."""
    manager: str | None = None
    substitute: str | None = None
    """Who stands in for them while they are absent."""
    due_at: UtcDatetime | None = None
    """When their time for the level is up."""


class LevelPlan(Answer):
    """Who is there, and until when an open level is due: the latest of its people's times."""

    people: list[PersonPlan]
    """Those that were asked for, in order, and after them the substitutes of who is absent, and their substitutes."""
    due_at: UtcDatetime | None = None
