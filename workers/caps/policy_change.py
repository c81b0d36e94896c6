"""A change of the default policy: what it changes, and whether it may be made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from workers.caps.wording import moment_words
from workers.store.default_policies import Followers, add_revision, followers, revisions
from workflows.campaigns.default_policy import BUILT_IN, DefaultPolicy, default_at, from_then_on
from workflows.campaigns.models import CapPolicy

JUST_NOW = timedelta(minutes=1)
"""A moment that has just passed is now."""


class PastMomentError(Exception):
    """The moment from which the policy shall hold is past: what was granted since cannot be taken back."""


@dataclass(frozen=True)
class Change:
    """What a new default policy changes."""

    after: DefaultPolicy
    before: DefaultPolicy | None
    """What would hold at its moment without it; None for the built-in one."""
    replaced: Sequence[DefaultPolicy]
    """Those to come that never hold now."""
    count: Followers
    is_new: bool
    """False if it is set already."""


def plan_change(connection: Connection, policy: CapPolicy, effective_from: datetime | None) -> Change:
    """Return what a policy would change from a moment on, or from now on. Raises `PastMomentError`."""
    known, now = [each.default for each in revisions(connection)], datetime.now(UTC)
    latest = max(known, key=lambda each: each.revision, default=None)
    if latest is not None and latest.policy == policy and _is_same(latest, effective_from, now):
        return Change(latest, latest, [], followers(connection), is_new=False)
    if effective_from is not None and effective_from < now - JUST_NOW:
        past = f"{moment_words(effective_from)} is past"
        raise PastMomentError(f"{past}; name a moment to come, or leave it out to begin now")
    since = max(effective_from or now, now)
    revision = (latest.revision if latest else BUILT_IN) + 1
    after = DefaultPolicy(revision=revision, policy=policy, effective_from=since)
    replaced = [each for each in from_then_on(known, now) if each.effective_from >= since]
    return Change(after, default_at(known, since), replaced, followers(connection), is_new=True)


def set_change(connection: Connection, policy: CapPolicy, effective_from: datetime | None, by: str) -> Change:
    """Do it. Raises `PastMomentError`, and `RevisedMeanwhileError`."""
    change = plan_change(connection, policy, effective_from)
    if change.is_new:
        add_revision(connection, change.after, by)
    return change


def _is_same(latest: DefaultPolicy, effective_from: datetime | None, now: datetime) -> bool:
    """Return whether the latest policy was set for that moment, or began at once since the moment had just passed."""
    if effective_from is None:
        return latest.effective_from <= now
    began_at_once = effective_from < latest.effective_from <= min(now, effective_from + JUST_NOW)
    return began_at_once or latest.effective_from == effective_from
