"""The users that a campaign has still to send to: in the queue, or waiting for a time."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from pydantic import Field

from workflows.campaigns.pace import BATCH_SECONDS, HELD_A_SECOND
from workflows.shared.fields import Answer

PAGE = 2_000
"""Users in a page of a segment."""

MAX_WAITING = 10_000
"""Users that wait for a time. At the limit no new users are taken until some are due: the state, carried through
continue-as-new, must stay below Temporal's 2 MB for a payload."""

MAX_RULES = 50
"""Rules that users wait for by name: each user may have a policy of its own."""

OTHER_RULES = "other rules"


class BacklogEntry(NamedTuple):
    """A user to send to."""

    user_id: str
    rule: str | None = None
    """The rule that deferred the user, if one did."""
    attempts: int = 0
    """Attempts without a clear answer."""


class WaitingUsers(NamedTuple):
    """Users that wait for the same."""

    rule: str
    users: int
    first_at: datetime
    last_at: datetime


class Backlog(Answer):
    """Each user is in one place: in ``queue``, ``deferred`` or ``unanswered``, or not yet read from the segment.

    Times are in seconds since 1970, and users are grouped by rule, so that thousands of them stay small as JSON.
    """

    queue: list[str] = Field(default_factory=list)
    deferred: dict[str, dict[str, int]] = Field(default_factory=dict, description="by rule: due time by user")
    unanswered: dict[str, tuple[int, int]] = Field(default_factory=dict, description="by user: due time, attempts")
    unread: int = Field(default=0, description="users of the segment that are not in the queue yet")
    behind: int = Field(
        default=0, description="seconds that those who waited for a rule let a higher priority go first"
    )
    held_until: int = Field(default=0, description="when the next of them may leave, in milliseconds since 1970")
    more: bool = Field(default=False, description="whether the segment has unread pages")
    after: str | None = Field(default=None, description="the last user that was read from the segment")

    @property
    def deferred_users(self) -> int:
        """Number of users that a rule has deferred."""
        return sum(len(users) for users in self.deferred.values())

    @property
    def pending_users(self) -> int:
        """Number of users without a clear answer yet."""
        return len(self.queue) + self.unread + len(self.unanswered)

    @property
    def users(self) -> list[str]:
        """Everybody who was read from the segment and is left."""
        return [*self.queue, *self.unanswered, *(user_id for users in self.deferred.values() for user_id in users)]

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left."""
        return not (self.pending_users or self.deferred_users or self.more)

    def wants_page(self) -> bool:
        """Return whether the next page of the segment should be read now."""
        return self.more and not self.queue and not self._is_full()

    def add_page(self, user_ids: list[str], *, last: bool) -> None:
        """Add a page of the segment. Its real end counts, not the size that was reported at the start."""
        self.queue.extend(user_ids)
        self.after = user_ids[-1] if user_ids else self.after
        self.more = not last
        self.unread = 0 if last else max(0, self.unread - len(user_ids))

    def has_ready(self, now: datetime) -> bool:
        """Return whether :meth:`take` would return anyone."""
        return bool(self.queue and not self._is_full()) or any(at <= _milliseconds(now) for at in self._leaving())

    def take(self, limit: int, now: datetime, held_a_second: float = HELD_A_SECOND) -> list[BacklogEntry]:
        """Remove and return the users of the next batch: those who are due, then those in the queue.

        Of those who waited for a rule, such as the end of quiet hours, so many a second, in a fixed order: by the time
        at which they were due, then by their IDs.
        """
        due = [entry for at, entry in sorted(self._waiting()) if self._leaves_at(at, entry) <= _milliseconds(now)]
        held = [entry for entry in due if entry.rule is not None][: max(1, int(held_a_second * BATCH_SECONDS))]
        kept_back = {entry for entry in due if entry.rule is not None} - set(held)
        entries = [entry for entry in due if entry not in kept_back][:limit]
        leaving = sum(entry.rule is not None for entry in entries)
        if leaving:
            self.held_until = max(_milliseconds(now), self.held_until) + ceil(1000 * leaving / held_a_second)
        for entry in entries:
            self._remove(entry)
        room = 0 if self._is_full() else limit - len(entries)
        fresh, self.queue = self.queue[:room], self.queue[room:]
        return [*entries, *(BacklogEntry(user_id) for user_id in fresh)]

    def go_on(self, now: datetime, held_a_second: float) -> None:
        """Let those who waited for a rule leave at another rate from now on."""
        self.held_until = min(self.held_until, _milliseconds(now) + ceil(1000 / held_a_second))

    def put_back(self, entries: list[BacklogEntry]) -> None:
        """Return users of a lost batch, so that they are taken first."""
        for entry in entries:
            if entry.rule is not None:
                self.deferred.setdefault(entry.rule, {})[entry.user_id] = 0
            elif entry.attempts:
                self.unanswered[entry.user_id] = (0, entry.attempts)
        self.queue[:0] = [entry.user_id for entry in entries if entry.rule is None and not entry.attempts]

    def defer(self, entry: BacklogEntry, rule: str, due: datetime) -> None:
        """Defer a user until ``due``, as ``rule`` says."""
        known = rule in self.deferred or len(self.deferred) < MAX_RULES
        self.deferred.setdefault(rule if known else OTHER_RULES, {})[entry.user_id] = ceil(due.timestamp())

    def retry(self, entry: BacklogEntry, due: datetime) -> None:
        """Try a user again at ``due``, whose message may or may not have gone out."""
        self.unanswered[entry.user_id] = (ceil(due.timestamp()), entry.attempts + 1)

    def remove(self, user_id: str) -> bool:
        """Remove a user who has an outcome; return whether the user was left."""
        left = user_id in self.queue or user_id in self.unanswered
        self.queue = [each for each in self.queue if each != user_id]
        self.unanswered.pop(user_id, None)
        for rule, users in list(self.deferred.items()):
            if user_id in users:
                left = True
                self._remove(BacklogEntry(user_id, rule))
        return left

    def next_due(self) -> datetime | None:
        """Return when the next waiting user is due; None when nobody waits."""
        earliest = min(self._leaving(), default=None)
        return None if earliest is None else datetime.fromtimestamp(earliest / 1000, UTC)

    def waiting_users(self) -> list[WaitingUsers]:
        """Return how many users wait for each rule, and from when until when they are due."""
        groups = {rule: users.values() for rule, users in self.deferred.items() if users}
        return [_waiting_for(rule, due) for rule, due in groups.items()]

    def deferred_after(self, moment: datetime) -> int:
        """Return how many users a rule has deferred beyond ``moment``."""
        return sum(due > moment.timestamp() for users in self.deferred.values() for due in users.values())

    def unanswered_users(self) -> WaitingUsers | None:
        """Return how many users are to be tried again, and when."""
        due = [at for at, _ in self.unanswered.values()]
        return _waiting_for("", due) if due else None

    def clear(self) -> tuple[dict[str, int], list[str]]:
        """Remove everyone; return how many by the rule that they waited for, empty for none.

        The users whose message may have gone out come apart from these.
        """
        dropped = {rule: len(users) for rule, users in self.deferred.items()}
        dropped[""] = len(self.queue) + self.unread
        unanswered = list(self.unanswered)
        self.queue, self.deferred, self.unanswered, self.unread, self.more = [], {}, {}, 0, False
        return dropped, unanswered

    def _is_full(self) -> bool:
        return self.deferred_users + len(self.unanswered) >= MAX_WAITING

    def _waiting(self) -> Iterator[tuple[int, BacklogEntry]]:
        for rule, users in self.deferred.items():
            yield from ((due, BacklogEntry(user_id, rule)) for user_id, due in users.items())
        for user_id, (due, attempts) in self.unanswered.items():
            yield due, BacklogEntry(user_id, None, attempts)

    def _leaving(self) -> Iterator[int]:
        return (self._leaves_at(due, entry) for due, entry in self._waiting())

    def _leaves_at(self, due: int, entry: BacklogEntry) -> int:
        return 1000 * due if entry.rule is None else max(1000 * (due + self.behind), self.held_until)

    def _remove(self, entry: BacklogEntry) -> None:
        if entry.rule is None:
            del self.unanswered[entry.user_id]
            return
        del self.deferred[entry.rule][entry.user_id]
        if not self.deferred[entry.rule]:
            del self.deferred[entry.rule]


def _milliseconds(moment: datetime) -> int:
    return round(1000 * moment.timestamp())


def _waiting_for(rule: str, due: Collection[int]) -> WaitingUsers:
    first, last = (datetime.fromtimestamp(each, UTC) for each in (min(due), max(due)))
    return WaitingUsers(rule, len(due), first, last)
