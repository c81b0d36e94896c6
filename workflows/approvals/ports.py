"""What the approvals system needs from outside."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from workflows.approvals.attempt_models import RefusedAttempt
from workflows.approvals.models import AuditEntry
from workflows.approvals.policy.reading import PolicyFile
from workflows.approvals.slack.models import SlackState, WantedMessages
from workflows.shared.items import Items


@dataclass(frozen=True)
class Absence:
    """Whole days of a person's own time zone on which they decide nothing."""

    since: date
    until: date | None = None
    """The last day; None while nobody knows."""


@dataclass(frozen=True)
class Person:
    """A person in the company's directory."""

    person_id: str
    name: str
    email: str
    """Empty if it is not known."""
    manager: str | None = None
    groups: tuple[str, ...] = field(default=())
    timezone: str | None = None
    """Name of an IANA time zone."""
    slack_id: str | None = None
    """ID of a Slack member, of no other person."""
    calendar: str | None = None
    """Whose holidays and weekends are theirs: an ISO 3166 country, or a region of it such as ``DE-BY``."""
    absence: Absence | None = None
    substitute: str | None = None
    """Who stands in during absences."""
    booked: tuple[Absence, ...] = ()
    """Absences that approved requests have booked, by their first days."""
    digest: str | None = None
    """Local time of day, such as ``09:00``, of one message about all that waits for them, instead of one for each."""


class Directory(Protocol):
    """The company's people, their managers and groups."""

    async def person(self, person_id: str) -> Person | None:
        """Return the person, or None when nobody has that ID."""

    async def people(self, limit: int) -> list[str]:
        """Return the IDs of the first ``limit`` people, in order."""

    async def members(self, group: str) -> list[str]:
        """Return the IDs of a group's members, in order; empty when the group is not known."""


class UnknownPersonError(Exception):
    """Nobody in the directory has the ID. The text is one line for people."""


class OtherBookingError(Exception):
    """A key has booked or released something else. The text is one line for people."""


class AbsenceBook(Protocol):
    """Where approved leave is booked: whoever is absent then decides nothing."""

    async def book_absence(self, person_id: str, since: date, until: date, key: str) -> bool:
        """Book an absence from the first day to the last, once for its key; return False if that was done before.

        Raises ``UnknownPersonError`` if nobody has that ID, ``ValueError`` if it ends before it begins, and
        ``OtherBookingError`` if the key has booked something else.
        """


@dataclass(frozen=True)
class PaymentRelease:
    """Money that an approved request releases, for the company's finance system to pay."""

    key: str
    """Of request and version."""
    request_id: str
    version: int
    kind: str
    payee: str
    """The requester."""
    amount: int
    """In minor units."""
    currency: str
    content_hash: str
    """Of what was approved."""


class ReleaseBook(Protocol):
    """Where approved expenses and purchases are released for payment."""

    async def release(self, release: PaymentRelease) -> bool:
        """Release a payment once for its key; return False if that was done before.

        Raises ``OtherBookingError`` if the key has released something else.
        """


class AttemptBook(Protocol):
    """Where refused attempts are kept that a request's own trail cannot take."""

    async def keep(self, attempt: RefusedAttempt, at: datetime) -> None:
        """Append an attempt to those of its request, once for its ID."""

    async def kept(self, request_id: str) -> list[AuditEntry]:
        """Return the attempts of a request, in order."""


class Policies(Protocol):
    """Where the company's approval policy is kept."""

    async def read(self) -> PolicyFile:
        """Return the policy as it is now. Raises `PolicyError` while it cannot be used."""


class SlackBoard(Protocol):
    """What Slack is to show. It is brought there later, by whoever has the connection."""

    @property
    def on(self) -> bool:
        """Return whether there is a Slack."""

    async def put(self, wanted: WantedMessages) -> None:
        """Keep what Slack is to show of a request; the latest counts. Notices are known by their events."""

    async def state(self, request_id: str) -> SlackState:
        """Return what became of a request's messages."""


@dataclass(frozen=True)
class ApprovalPorts:
    """All ports of the activities."""

    directory: Directory
    slack: SlackBoard
    items: Items
    policies: Policies
    absences: AbsenceBook
    releases: ReleaseBook
    attempts: AttemptBook
