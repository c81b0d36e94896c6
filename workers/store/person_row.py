"""A person as a file or a command has them, and the types of the columns."""

import re
from contextlib import suppress
from datetime import date
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo, model_validator

from workers.store.csv_file import split_names
from workers.store.mail_address import SendableAddress
from workflows.shared.codes import COUNTRIES
from workflows.shared.fields import Identifier, Name, wrong_field
from workflows.shared.zones import KnownTimeZone

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
SLACK_ID = re.compile(r"[UW][A-Z0-9]{4,20}")


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value:
        return None
    if DAY.fullmatch(value):  # pydantic would take seconds since 1970, too
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError(f"{value!r} is not a day; use one like 2026-12-24")


def _time_of_day(value: str) -> str:
    if not TIME_OF_DAY.fullmatch(value):
        raise ValueError(f"{value!r} is not a time of day; use one like 09:00")
    return value


def _slack_id(value: str) -> str:
    if not SLACK_ID.fullmatch(value):
        raise ValueError(f"{value!r} is not the ID of a Slack member; use one like U024BE7LH (profile, Copy member ID)")
    return value


CALENDARS = "calendars"
"""In a validation's context: names of the policy's calendars, one a line, which a person may have as well."""


def _calendar(value: str, info: ValidationInfo) -> str:
    own = [name for name in (info.context or {}).get(CALENDARS, "").split("\n") if name]
    if value.strip() in own:
        return value.strip()
    code = value.strip().upper()
    country, _, region = code.partition("-")
    if country not in COUNTRIES:
        policy = f", or one of the policy's: {', '.join(own)}" if own else ""
        words = f"use an ISO 3166 code of a country or region, like US or DE-BY{policy}"
        raise ValueError(f"{value!r} is not a calendar; {words}")
    if region and region not in (regions := _regions().get(country, [])):
        known = f"of {country} there are {', '.join(regions)}" if regions else f"use {country}"
        raise ValueError(f"{value!r} is not a calendar; {known}")
    return code


@cache
def _regions() -> dict[str, list[str]]:
    from holidays import list_supported_countries  # takes most of a second

    return dict(list_supported_countries(include_aliases=False))


Cell = BeforeValidator(lambda value: value or None)
"""An empty one is None."""

Day = Annotated[date | None, BeforeValidator(_day)]
"""A calendar day, written as in ISO 8601."""

TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
"""Hours and minutes of a day."""

SlackId = Annotated[str, AfterValidator(_slack_id)]
"""ID of a Slack member: what Slack's API calls a user ID."""

Calendar = Annotated[str, AfterValidator(_calendar)]
"""Whose working days: a calendar of the policy, an ISO 3166 country, or a region with holidays of its own."""


class PersonRow(BaseModel):
    """What is told of a person: the fields that are set. As a cell, groups are separated by semicolons."""

    person_id: Identifier
    name: Name
    email: Annotated[SendableAddress | None, Cell] = None
    manager: Annotated[Identifier | None, Cell] = None
    groups: Annotated[list[Identifier], BeforeValidator(lambda v: split_names(v) if isinstance(v, str) else v)] = Field(
        default_factory=list
    )
    timezone: Annotated[KnownTimeZone | None, Cell] = None
    slack_id: Annotated[SlackId | None, Cell] = None
    calendar: Annotated[Calendar | None, Cell] = None
    absent_from: Day = None
    absent_until: Day = None
    substitute: Annotated[Identifier | None, Cell] = None
    digest: Annotated[TimeOfDay | None, Cell] = None

    @model_validator(mode="after")
    def _names_others(self) -> "PersonRow":
        for field in ("manager", "substitute"):
            if getattr(self, field) == self.person_id:
                words = f"{self.person_id} cannot be their own {field}; leave it empty for nobody"
                raise wrong_field(self, field, words)
        return self
