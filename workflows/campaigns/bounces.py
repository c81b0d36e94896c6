"""Bounces and complaints: what providers say about an address, and when it is suppressed. Models and pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from workflows.campaigns.channels import Channel
from workflows.shared.fields import Answer, LongIdentifier, LongText, ShortText, UtcDatetime
from workflows.shared.inputs import Input
from workflows.shared.refusals import INVALID_REQUEST, Refusal

CLOCK_SKEW = timedelta(minutes=1)
"""Tolerance for the time of reports: clocks of two machines differ by less."""

SUPPRESSED = "suppressed on"
"""Rule, followed by channel and reason, named by a denial because of a suppression."""


class BounceKind(StrEnum):
    """What a provider says about an address."""

    HARD = "hard"
    """There is no such address."""
    SOFT = "soft"
    """It takes nothing now, such as a full mailbox."""
    COMPLAINT = "complaint"
    """Its reader called the message spam, or told the provider to stop (STOP)."""


class ReportBounce(Input):
    """Update ``report_bounce``: what a provider heard of an address after it took a message, or when it refused one.

    The address is that of the message ``send_id``, where the store knows it, else the user's. The same report again
    changes nothing: it is known by its ``send_id``, else by its ``at``.
    """

    channel: Channel
    kind: BounceKind = Field(description="hard: no such address; soft: not now; complaint: called spam, or STOP")
    send_id: LongIdentifier | None = Field(default=None, title="Send ID")
    at: UtcDatetime | None = Field(default=None, description="when the provider heard of it; default: now")
    detail: LongText | None = Field(default=None, description="the provider's own words")
    by: ShortText


class Bounce(Answer):
    """A report as the store keeps it, once for each ``key``."""

    key: str
    user_id: str
    channel: Channel
    kind: BounceKind
    send_id: str | None = None
    at: UtcDatetime
    detail: str | None = None
    by: str


class Suppression(Answer):
    """An address that gets nothing any more, neither marketing nor transactional."""

    channel: Channel
    reason: str = Field(description="hard bounce, soft bounces or complaint")
    at: UtcDatetime
    detail: str | None = Field(default=None, description="the provider's own words")
    by: str


class SavedBounce(Answer):
    """What the store knows after a report: whether it is new, whether there is an address, and what is suppressed."""

    new: bool
    late: bool = False
    """Whether the address was given back after what it reports."""
    address: bool
    suppressions: list[Suppression] = Field(default_factory=list)


@dataclass(frozen=True)
class SoftBounceRule:
    """How many soft bounces of an address suppress it, within how many days; a limit of 0 means never."""

    limit: int = 5
    days: int = 30


REASONS = {BounceKind.HARD: "hard bounce", BounceKind.SOFT: "soft bounces", BounceKind.COMPLAINT: "complaint"}


def bounce_of(report: ReportBounce, user_id: str, now: datetime, *, update_id: str) -> Bounce:
    """Return what the store is to keep of a report."""
    key = report.send_id or (f"{report.at:%Y-%m-%dT%H:%M:%S.%f}" if report.at else update_id)
    fields = report.model_dump(include={"channel", "kind", "send_id", "detail", "by"})
    return Bounce(key=key, user_id=user_id, at=min(report.at or now, now), **fields)


def why_not_report(report: ReportBounce, now: datetime) -> Refusal | None:
    """Return why a report cannot be taken, or None: it is of a time to come."""
    if report.at is None or report.at <= now + CLOCK_SKEW:
        return None
    words = f"{report.at:%Y-%m-%d %H:%M:%S} UTC is to come; say when the provider heard of it"
    return Refusal(INVALID_REQUEST, words, "at")


def suppresses(kind: BounceKind, softs: Sequence[datetime], rule: SoftBounceRule) -> bool:
    """Return whether a report suppresses its address; ``softs`` are the times of its soft bounces, this one included.

    Hard bounces and complaints do so at once, soft ones when there are enough in any stretch of that many days.
    """
    if kind is not BounceKind.SOFT:
        return True
    ordered, length = sorted(softs), timedelta(days=rule.days)
    stretches = zip(ordered, ordered[max(0, rule.limit - 1) :], strict=False)
    return rule.limit > 0 and any(last - first < length for first, last in stretches)


def is_late(at: datetime, lifted_at: datetime | None) -> bool:
    """Return whether a report is of a time before its address was last given back: it says nothing any more."""
    return lifted_at is not None and at <= lifted_at


def suppressed(suppression: Suppression) -> str:
    """Return the rule named by a denial because of a suppression."""
    return f"{SUPPRESSED} {suppression.channel}: {suppression.reason}"


def report_effect(user_id: str, report: ReportBounce) -> str:
    """Return what a report would do, for people."""
    if report.kind is BounceKind.SOFT:
        return f"notes a soft bounce of {user_id} on {report.channel}; several within some days suppress the address"
    opts_out = f"opts {user_id} out of {report.channel}, and " if report.kind is BounceKind.COMPLAINT else ""
    address = f"the address of {user_id} on {report.channel}, for whoever has it"
    return f"{opts_out}suppresses {address}: nothing is sent there any more, not even transactional messages"


def report_answer(channel: Channel, suppressions: Sequence[Suppression]) -> str:
    """Return what a report has led to, for people."""
    found = suppression_on(channel, suppressions)
    return f"noted; {channel} is not suppressed" if found is None else suppressed(found)


def suppression_on(channel: Channel, suppressions: Sequence[Suppression]) -> Suppression | None:
    """Return the suppression of a channel, or None."""
    return next((each for each in suppressions if each.channel is channel), None)
