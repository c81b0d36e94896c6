"""The users that a campaign has still to write to: waiting their turn, or waiting for a time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from pydantic import Field

from workflows.shared.fields import Answer

PAGE = 2_000
"""Users in a page of a segment."""

MOST_WAITING = 10_000
"""How many users wait for a time at once. At the limit the campaign writes to no new users until some are due:
the state, carried through continue-as-new, has to stay below the 2 MB that Temporal takes in one payload."""


class BacklogEntry(NamedTuple):
    """A user whose turn it is."""

    user_id: str
    rule: str | None = None
    """The rule that put the user off before, if one did."""
    attempts: int = 0
    """How often there was no clear answer."""


class Backlog(Answer):
    """Each user is in one place: in ``queue``, ``deferred`` or ``unanswered``, or not yet read from the segment.

    Times are in seconds since 1970, and users are grouped by rule, so that thousands of them stay small as JSON.
    """

    queue: list[str] = Field(default_factory=list)
    deferred: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="by rule: users, and when they are due"
    )
    unanswered: dict[str, tuple[int, int]] = Field(default_factory=dict, description="users: when due, attempts so far")
    unread: int = Field(default=0, description="how many users of the segment are not in the queue yet")
    more: bool = Field(default=False, description="whether the segment has pages not yet read")
    after: str | None = Field(default=None, description="the last user that was read from the segment")

    @property
    def deferred_users(self) -> int:
        """How many users a rule has put off."""
        return sum(len(users) for users in self.deferred.values())

    @property
    def pending_users(self) -> int:
        """How many users have yet to get a clear answer."""
        return len(self.queue) + self.unread + len(self.unanswered)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left."""
        return not (self.pending_users or self.deferred_users or self.more)

    def wants_page(self) -> bool:
        """Return whether the next page of the segment should be read now."""
        return self.more and not self.queue and not self._is_full()

    def add_page(self, user_ids: list[str], *, last: bool) -> None:
        """Take over a page of the segment. Its real end counts, not the size that was told at the start."""
        self.queue.extend(user_ids)
        self.after = user_ids[-1] if user_ids else self.after
        self.more = not last
        self.unread = 0 if last else max(0, self.unread - len(user_ids))

    def has_turns(self, now: datetime) -> bool:
        """Return whether :meth:`take` would give anyone."""
        return bool(self.queue and not self._is_full()) or any(due <= now.timestamp() for due, _ in self._waiting())

    def take(self, limit: int, now: datetime) -> list[BacklogEntry]:
        """Take out the users of the next batch: those whose time has come, then those in the queue."""
        ripe = sorted((due, turn) for due, turn in self._waiting() if due <= now.timestamp())
        turns = [turn for _, turn in ripe[:limit]]
        for turn in turns:
            self._take_out(turn)
        places = 0 if self._is_full() else limit - len(turns)
        fresh, self.queue = self.queue[:places], self.queue[places:]
        return [*turns, *(BacklogEntry(user_id) for user_id in fresh)]

    def put_back(self, turns: list[BacklogEntry]) -> None:
        """Put users back whom nobody got to, so that they are taken first."""
        for turn in turns:
            if turn.rule is not None:
                self.deferred.setdefault(turn.rule, {})[turn.user_id] = 0
            elif turn.attempts:
                self.unanswered[turn.user_id] = (0, turn.attempts)
        self.queue[:0] = [turn.user_id for turn in turns if turn.rule is None and not turn.attempts]

    def defer(self, turn: BacklogEntry, rule: str, due: datetime) -> None:
        """Put a user off until ``due``, because ``rule`` says so."""
        self.deferred.setdefault(rule, {})[turn.user_id] = ceil(due.timestamp())

    def try_again(self, turn: BacklogEntry, due: datetime) -> None:
        """Try a user again at ``due``, who may have got the message or not."""
        self.unanswered[turn.user_id] = (ceil(due.timestamp()), turn.attempts + 1)

    def next_due(self) -> datetime | None:
        """Return when the next user who waits is due; None when nobody waits."""
        earliest = min((due for due, _ in self._waiting()), default=None)
        return None if earliest is None else datetime.fromtimestamp(earliest, UTC)

    def clear(self) -> tuple[int, list[str]]:
        """Drop everyone; return how many, and who of them (not counted in it) may have got the message."""
        dropped = len(self.queue) + self.unread + self.deferred_users
        unanswered = list(self.unanswered)
        self.queue, self.deferred, self.unanswered, self.unread, self.more = [], {}, {}, 0, False
        return dropped, unanswered

    def _is_full(self) -> bool:
        return self.deferred_users + len(self.unanswered) >= MOST_WAITING

    def _waiting(self) -> Iterator[tuple[int, BacklogEntry]]:
        for rule, users in self.deferred.items():
            yield from ((due, BacklogEntry(user_id, rule)) for user_id, due in users.items())
        for user_id, (due, attempts) in self.unanswered.items():
            yield due, BacklogEntry(user_id, None, attempts)

    def _take_out(self, turn: BacklogEntry) -> None:
        if turn.rule is None:
            del self.unanswered[turn.user_id]
            return
        del self.deferred[turn.rule][turn.user_id]
        if not self.deferred[turn.rule]:
            del self.deferred[turn.rule]
