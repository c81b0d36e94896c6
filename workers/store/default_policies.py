"""The default policy of all users: its revisions, each with who set it, when, and from when on it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from workers.store.inserts import insert_new
from workers.store.schema import default_policies, user_settings, users
from workers.store.types import utc_now
from workflows.campaigns.default_policy import DefaultPolicy, from_then_on
from workflows.campaigns.models import CapPolicy

CLOCK_SKEW = timedelta(days=1)
"""Of any actor's clock, which decides what holds, against that of this process, which leaves out what has held."""


class RevisedMeanwhileError(Exception):
    """Somebody else has set another default policy at the same moment."""


@dataclass(frozen=True)
class Revision:
    """One change of the default policy."""

    default: DefaultPolicy
    set_by: str
    set_at: datetime


def known_defaults(connection: Connection) -> Sequence[DefaultPolicy]:
    """Return the default policy that holds, if one was set, and those that will, for an actor."""
    return tuple(from_then_on([each.default for each in revisions(connection)], utc_now() - CLOCK_SKEW))


def revisions(connection: Connection) -> list[Revision]:
    """Return all changes of the default policy, oldest first."""
    rows = connection.execute(select(default_policies).order_by(default_policies.c.revision))
    return [
        Revision(
            DefaultPolicy(
                revision=row.revision,
                policy=CapPolicy.model_validate(row.policy),
                effective_from=row.effective_from,
            ),
            row.set_by,
            row.created_at,
        )
        for row in rows
    ]


def add_revision(connection: Connection, default: DefaultPolicy, by: str) -> None:
    """Add a revision, the highest. Raises `RevisedMeanwhileError` if there is one of that number."""
    values = {
        "revision": default.revision,
        "policy": default.policy.model_dump(mode="json"),
        "effective_from": default.effective_from,
        "set_by": by,
    }
    if not insert_new(connection, default_policies, values):
        raise RevisedMeanwhileError


@dataclass(frozen=True)
class Followers:
    """How many users follow the default policy, and how many have caps of their own."""

    following: int
    own: int


def followers(connection: Connection) -> Followers:
    """Count the users."""
    every = int(connection.scalar(select(func.count()).select_from(users)) or 0)
    with_own = select(func.count()).select_from(users.join(user_settings, user_settings.c.user_id == users.c.user_id))
    own = int(connection.scalar(with_own.where(user_settings.c.policy.is_not(None))) or 0)
    return Followers(every - own, own)
