"""The frequency caps of a user: which windows there are, and how many sends each may hold."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from workflows.campaigns.bounces import SUPPRESSED
from workflows.campaigns.channels import Channel
from workflows.shared.fields import Integer, Payload, ShortText, TimeZone

QUIET_HOURS = "quiet hours"
"""Rule named by a decision that quiet hours defer."""

SEND_WINDOW = "send window"
"""Rule named by a denial outside of a campaign's send window."""

OPTED_OUT = "opted out of"
"""Rule, followed by the channel, named by a denial because of an opt-out."""


class RollingWindow(Payload):
    """So long before each send."""

    rolling_seconds: Integer = Field(title="Rolling window", ge=1, le=366 * 86_400)


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class CalendarWindow(Payload):
    """An hour, a day, a week or a month of the calendar, in a time zone: the user's, if none is named.

    An hour that comes twice, when clocks are put back, is two hours.
    """

    calendar: Literal["hour", "day", "week", "month"]
    timezone: TimeZone | None = Field(default=None, title="Time zone", description="the user's own if left out")
    first_day: Weekday = Field(default="monday", description="of a week")

    @field_validator("first_day")
    @classmethod
    def _is_of_a_week(cls, first_day: Weekday, info: ValidationInfo) -> Weekday:
        calendar = info.data.get("calendar", "week")
        if calendar != "week" and first_day != "monday":
            raise ValueError(f"only a week has a first day, and this window is one {calendar}; leave it out")
        return first_day


def _not_reserved(name: str) -> str:
    if name.casefold().startswith((QUIET_HOURS, SEND_WINDOW, OPTED_OUT, SUPPRESSED)):
        raise ValueError(f"{name!r} is what preferences are called in a refusal; name it otherwise")
    return name


class CapRule(Payload):
    """At most ``limit`` sends in the window, of one channel or tag, or of all."""

    name: Annotated[ShortText, AfterValidator(_not_reserved)]
    limit: Integer = Field(ge=0, le=1000)
    window: RollingWindow | CalendarWindow
    channel: Channel | None = None
    tag: ShortText | None = None


class CapPolicy(Payload):
    """The frequency caps of a user; all rules must allow a send."""

    rules: list[CapRule] = Field(max_length=50)
    count_transactional: bool = Field(
        default=True, description="whether transactional messages, which pass the caps, count for the others"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two rules are called {twice!r}; a refusal names its rule, so give each its own name")
        return self


DAY = 86_400
DEFAULT_POLICY = CapPolicy(
    rules=[
        *(
            CapRule(name=f"2 a day on {channel}", limit=2, window=RollingWindow(rolling_seconds=DAY), channel=channel)
            for channel in Channel
        ),
        CapRule(name="5 a week", limit=5, window=RollingWindow(rolling_seconds=7 * DAY)),
    ]
)
"""Two a rolling day on each channel, five a rolling week over all."""
