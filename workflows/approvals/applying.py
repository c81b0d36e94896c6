"""What follows from an approval: leave is booked as an absence, an expense or purchase is released for payment.

A step is bound to what was approved: its key names request and version, and it carries their content's hash.
"""

from dataclasses import dataclass
from datetime import date

from pydantic import Field

from workflows.approvals.apply_models import StepName
from workflows.approvals.models import ApprovalRequest, Attachment
from workflows.approvals.wording import money_of
from workflows.shared.fields import Answer

LEAVE = "leave"
PAID = frozenset({"expense", "purchase"})

FIRST_DAY, LAST_DAY = "from", "until"
"""Fields of a leave's ``details``: its first and its last day."""


@dataclass(frozen=True)
class PlannedStep:
    """The step of a request: what it does in words, or why there is none and ``name`` is None."""

    name: StepName | None
    words: str


class StepToApply(Answer):
    """Input of the activity ``apply_request``."""

    key: str = Field(description="of request and version: once for it, however often it is tried")
    request: ApprovalRequest
    version: int
    content_hash: str = Field(description="of what was approved")
    attachments: list[Attachment]


class AppliedStep(Answer):
    """Answer of the activity ``apply_request``."""

    words: str


def planned_step(request: ApprovalRequest) -> PlannedStep:
    """Return what follows from the approval of a request."""
    kind = request.kind.casefold()
    if kind == LEAVE:
        days = leave_days(request)
        if isinstance(days, str):
            return PlannedStep(None, f"no absence is booked: {days}")
        return PlannedStep("book_absence", f"{request.requester} is booked as absent {_days(*days)}")
    if kind not in PAID:
        return PlannedStep(None, f"nothing is done by itself for the kind {request.kind}")
    money = money_of(request)
    if not request.amount:
        why = "the request has no amount" if money is None else f"the amount is {money}"
        return PlannedStep(None, f"nothing is released for payment: {why}")
    return PlannedStep("release_payment", f"{money} is released for payment to {request.requester}")


def leave_days(request: ApprovalRequest) -> tuple[date, date] | str:
    """Return the first and the last day of a leave, or what its ``details`` lack."""
    days = [_day(request, name) for name in (FIRST_DAY, LAST_DAY)]
    for day in days:
        if isinstance(day, str):
            return day
    first, last = (day for day in days if isinstance(day, date))
    if last < first:
        return f"details.{LAST_DAY} is {last}, before details.{FIRST_DAY}, {first}"
    return first, last


def step_key(request_id: str, version: int) -> str:
    """Return the idempotency key of a version's step."""
    return f"{request_id}/v{version}"


def _day(request: ApprovalRequest, name: str) -> date | str:
    value = request.details.get(name)
    if value is None:
        return f"details.{name} is missing; give a day like 2026-12-24"
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return f"details.{name} is no day like 2026-12-24"


def _days(first: date, last: date) -> str:
    return f"on {first}" if first == last else f"from {first} until {last}"
