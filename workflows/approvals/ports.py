"""What the approvals system needs of the outside world."""

from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Person:
    """Someone whom the company's directory knows."""

    person_id: str
    name: str
    email: str
    manager: str | None = None
    groups: tuple[str, ...] = field(default=())


class Directory(Protocol):
    """Who works here, for whom, and in which groups."""

    async def person(self, person_id: str) -> Person | None:
        """Return the person, or None when nobody has that ID."""

    async def members(self, group: str) -> list[str]:
        """Return the IDs of a group's members, in order; empty when the group is not known."""


@dataclass(frozen=True)
class Notification:
    """One message about a request, in words; all of it is text from outside and never markup."""

    key: str
    """Survives retries: the same key is the same message."""
    request_id: str
    title: str
    text: str
    recipients: tuple[str, ...] = ()
    """IDs of the people whom it concerns."""


class Notifier(Protocol):
    """Where notifications go, such as Slack."""

    async def notify(self, notification: Notification) -> Literal["off", "sent"]:
        """Deliver it once, or say ``off`` when no channel is configured. Raises when it should be tried again."""


@dataclass(frozen=True)
class ApprovalPorts:
    """All of them, as the activities want them."""

    directory: Directory
    notifier: Notifier
