"""On which weekdays and at which hours a campaign may send."""

from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from workflows.campaigns.cap_policy import WEEKDAYS, Weekday
from workflows.shared.fields import Payload

ClockTime = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A local time of day such as ``22:00``."""


class SendWindow(Payload):
    """On which weekdays and at which hours a campaign may send, by the clock of each user.

    The start is in, the end is not; it may cross midnight, and then belongs to the weekday on which it starts.
    """

    weekdays: list[Weekday] = Field(default_factory=lambda: list(WEEKDAYS), min_length=1, max_length=7)
    start: ClockTime | None = Field(default=None, title="From", examples=["09:00"], description="midnight if left out")
    end: ClockTime | None = Field(default=None, title="Until", examples=["17:00"], description="midnight if left out")

    @field_validator("end")
    @classmethod
    def _lasts_a_while(cls, end: str | None, info: ValidationInfo) -> str | None:
        if end is not None and (info.data.get("start") or "00:00") == end:
            raise ValueError(f"a send window from {end} until {end} is empty; leave both out for the whole day")
        return end
