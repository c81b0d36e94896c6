"""A user as a file has them, and the types of the columns."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, model_validator

from workers.store.csv_file import split_names
from workers.store.mail_address import SendableAddress
from workers.store.phone import e164
from workflows.campaigns.bounces import BounceKind
from workflows.shared.codes import COUNTRIES
from workflows.shared.fields import Identifier
from workflows.shared.zones import KnownTimeZone

ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
COUNTRY, TIMEZONE = "country", "timezone"
"""In a validation's context: the country of telephone numbers without a country code; the zone of whom no cell says."""


EMAIL_BOUNCE = "email_bounce"
"""The field that says whether the e-mail address has bounced."""

BOUNCES = {kind.value: kind for kind in (BounceKind.HARD, BounceKind.COMPLAINT)}
"""What a cell may say of an address that gets nothing any more."""


class ListedBounce(NamedTuple):
    """A bounce of an e-mail address, or a complaint, that a list knows of."""

    kind: BounceKind
    at: datetime | None = None
    """None if the list does not say when."""
    detail: str = ""
    by: str = "import"
    """Who says so, for people."""


class UserRow(NamedTuple):
    """A user as a list has them: an empty text and None say nothing, and change nothing of a known user."""

    user_id: str
    email_address: str
    phone: str
    timezone: str
    email: bool | None
    sms: bool | None
    push: bool | None
    attributes: str
    """Those that have a text, as the table has them: a JSON object."""
    segments: Sequence[str]
    bounce: ListedBounce | None = None
    """Of the e-mail address."""


def as_json(attributes: Mapping[str, str]) -> str:
    """Return the attributes that have a text as a row has them."""
    return json.dumps({name: value for name, value in attributes.items() if value})


def country_of(own: str, usual: str | None) -> str | None:
    """Return the country of a row's telephone number: its own, or the usual one of the file."""
    code = own.upper()
    return code if code in COUNTRIES else usual


def _yes_or_no(value: str) -> bool | None:
    text = value.strip().lower()
    if not text:
        return None
    answer = ANSWERS.get(text)
    if answer is None:
        raise ValueError(f"{value!r} is neither yes nor no; use one of the two")
    return answer


def _phone(value: str, info: ValidationInfo) -> str | None:
    if not value:
        return None
    country = country_of(info.data.get("country") or "", (info.context or {}).get(COUNTRY))
    try:
        return e164(value, country)
    except ValueError as error:
        raise ValueError(f"{error}{'' if country else ', or say which country it is in with --country'}") from None


def _zone(value: str, info: ValidationInfo) -> str | None:
    return value or None if TIMEZONE in (info.context or {}) else value


def _bounce(value: str | ListedBounce) -> ListedBounce | None:
    if isinstance(value, ListedBounce) or not value:
        return value or None
    kind = BOUNCES.get(value.strip().lower())
    if kind is None:
        raise ValueError(f"{value!r} is neither {' nor '.join(BOUNCES)}; use one of the two, or leave the cell empty")
    return ListedBounce(kind)


YesNo = Annotated[bool | None, BeforeValidator(_yes_or_no)]
"""None for an empty cell: a known user keeps the consent, and a new one has given none."""


class UserCells(BaseModel):
    """The cells of one row of the file."""

    user_id: Identifier
    email_address: Annotated[SendableAddress | None, BeforeValidator(lambda value: value or None)]
    country: str = ""
    phone: Annotated[str | None, BeforeValidator(_phone)]
    timezone: Annotated[KnownTimeZone | None, BeforeValidator(_zone)]
    email: YesNo
    sms: YesNo
    push: YesNo
    segments: Annotated[list[Identifier], BeforeValidator(split_names)]
    email_bounce: Annotated[ListedBounce | None, BeforeValidator(_bounce)] = None
    attributes: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_reached(self) -> "UserCells":
        if self.email and self.email_address is None:
            raise ValueError("email_address is empty, but email is yes; give an address, or set email to no")
        if self.sms and self.phone is None:
            raise ValueError("phone is empty, but sms is yes; give a number like +12025550101, or set sms to no")
        return self

    def row(self) -> UserRow:
        """Return the user. Who complained has withdrawn the consent, too."""
        bounce = self.email_bounce
        complained = bounce is not None and bounce.kind is BounceKind.COMPLAINT
        return UserRow(
            self.user_id,
            self.email_address or "",
            self.phone or "",
            self.timezone or "",
            False if complained else self.email,
            self.sms,
            self.push,
            as_json({**self.attributes, COUNTRY: self.country}),
            self.segments,
            bounce,
        )
