"""What a policy file says: rules, their levels, rates of currencies and calendars."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from workflows.approvals.due import DueText, parse_due
from workflows.approvals.level_models import MAX_NAMED, Level, LevelRule
from workflows.approvals.policy.calendars import CalendarTable
from workflows.approvals.policy.rates import Rates
from workflows.shared.fields import Country, Currency, Identifier, ShortText, wrong_field
from workflows.shared.money import decimals, format_money

MAX_RULES = 200
MAX_LEVELS = 20


class PolicyTable(BaseModel):
    """A table of the file. It has no other keys than its fields: a misspelt key must not be overlooked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _folded(names: list[str]) -> list[str]:
    return [name.casefold() for name in names]


Names = Annotated[list[Identifier], BeforeValidator(_listed), Field(min_length=1, max_length=MAX_NAMED)]
"""One name or several."""
FoldedNames = Annotated[Names, AfterValidator(_folded)]
"""The same, compared without regard to case."""
Countries = Annotated[list[Country], BeforeValidator(_listed), Field(min_length=1, max_length=MAX_NAMED)]


def _exact(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise ValueError('it is no amount; use one like "1000.00"')  # noqa: TRY004 - pydantic takes a ValueError
    return given.replace(",", "") if isinstance(given, str) else given


class Limit(PolicyTable):
    """An amount of money that a rule compares with, in the currency's major unit."""

    currency: Currency
    amount: Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=10**13)]

    @model_validator(mode="after")
    def _has_its_decimals(self) -> "Limit":
        places = decimals(self.currency)
        if self.amount != round(self.amount, places):
            raise wrong_field(
                self, "amount", f"{self.amount} has more decimals than {self.currency}, which has {places}"
            )
        return self

    def __str__(self) -> str:
        return format_money(int(self.amount.scaleb(decimals(self.currency))), self.currency)


class PolicyLevelRule(PolicyTable, LevelRule):
    """How many of a level's approvers it takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PolicyLevel(PolicyTable, Level):
    """A level of a rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: PolicyLevelRule = Field(default_factory=PolicyLevelRule)
    rejection: PolicyLevelRule = Field(default_factory=PolicyLevelRule)


class Rule(PolicyTable):
    """Which requests have which levels. A condition that is left out matches all; one that is given needs its value."""

    name: ShortText | None = None
    kind: FoldedNames | None = None
    departments: FoldedNames | None = None
    """Of the request's ``details.department``."""
    countries: Countries | None = None
    """Of the request's ``details.country``."""
    min_amount: Limit | None = None
    max_amount: Limit | None = None
    """The amount itself is within."""
    expires_after: DueText | None = None
    """A request that is not decided by then ends as EXPIRED."""
    level: list[PolicyLevel] = Field(min_length=1, max_length=MAX_LEVELS)

    @field_validator("expires_after")
    @classmethod
    def _is_plain_time(cls, text: str | None) -> str | None:
        if text is not None and parse_due(text).seconds is None:
            raise ValueError(f"{text!r} is in working time; use a time like 30d")
        return text

    @model_validator(mode="after")
    def _levels_fit_each_other(self) -> "Rule":
        names: set[str] = set()
        for number, level in enumerate(self.level):
            if level.parallel and number == 0:
                words = f"level {level.name} is the first; there is none before it"
                raise wrong_field(self, "level", words, number, "parallel")
            if level.name in names:
                words = f"another level has the name {level.name}; give each its own"
                raise wrong_field(self, "level", words, number, "name")
            names.add(level.name)
        return self

    @property
    def limits(self) -> Sequence[tuple[str, Limit]]:
        """Its limits, with their keys."""
        both = (("min_amount", self.min_amount), ("max_amount", self.max_amount))
        return [(key, limit) for key, limit in both if limit is not None]

    @property
    def words(self) -> str:
        """What it matches, such as ``expense or purchase, from $1,000.00``."""
        parts = [" or ".join(self.kind) if self.kind else "any kind"]
        parts += [f"department {' or '.join(self.departments)}"] if self.departments else []
        parts += [f"country {' or '.join(self.countries)}"] if self.countries else []
        parts += [f"from {self.min_amount}"] if self.min_amount else []
        parts += [f"up to {self.max_amount}"] if self.max_amount else []
        return ", ".join(parts)


class Floor(PolicyTable):
    """A level that every request has from an amount on: whatever its kind, its rule, and levels of its own."""

    min_amount: Limit
    level: PolicyLevel


class Policy(PolicyTable):
    """A whole policy."""

    own_levels: bool = False
    """Whether a request may bring its own levels."""
    may_reassign: list[Identifier] = Field(default_factory=list, max_length=MAX_NAMED)
    """Who may hand an approver's place to somebody else, besides the approver and the approver's manager."""
    rule: list[Rule] = Field(default_factory=list, max_length=MAX_RULES)
    """The first that matches decides."""
    always: list[Floor] = Field(default_factory=list, max_length=MAX_LEVELS)
    """Levels behind those of any rule, and behind those that a request brings."""
    rates: Rates | None = None
    calendar: dict[str, CalendarTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _allows_something(self) -> "Policy":
        if not self.rule and not self.own_levels:
            raise wrong_field(self, "rule", "there is no rule, and own_levels is false: every request would be refused")
        return self

    @property
    def kinds(self) -> list[str]:
        """The kinds that its rules name, in their order."""
        return list(dict.fromkeys(kind for rule in self.rule for kind in rule.kind or []))
