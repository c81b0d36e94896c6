"""A sample of users, for figures about all: a bounded number of users is read, however many there are."""

import random
from datetime import timedelta

from sqlalchemy import Connection, func, select

from workers.store.default_policies import known_defaults
from workers.store.known_users import find_users, settings_of
from workers.store.schema import segment_members, users
from workflows.campaigns.default_policy import policy_of
from workflows.campaigns.ports import UserSample
from workflows.campaigns.what_if import reach

SKEW = timedelta(days=1)
"""More than between a grant and its record."""


def sample_users(connection: Connection, segment: str | None, limit: int) -> UserSample:
    """Return how many users there are, in a segment or in all, and up to ``limit`` of them by chance.

    It goes once through an index of IDs, a second for a million users. The same number of users gives the same choice,
    so that figures stand still.
    """
    column = users.c.user_id if segment is None else segment_members.c.user_id
    every = select(column) if segment is None else select(column).where(segment_members.c.segment == segment)
    total = int(connection.scalar(select(func.count()).select_from(every.subquery())) or 0)
    numbers = random.Random(total).sample(range(total), min(total, limit))  # noqa: S311 - no secret
    numbered = every.add_columns((func.row_number().over(order_by=column) - 1).label("number")).subquery()
    chosen = list(connection.scalars(select(numbered.c.user_id).where(numbered.c.number.in_(numbers))))
    defaults = known_defaults(connection)
    own = [settings.policy for settings in settings_of(connection, chosen).values() if settings.policy]
    far = max(reach(policy) for policy in (policy_of(None), *(each.policy for each in defaults), *own))
    return UserSample(total, list(find_users(connection, chosen, far + SKEW).values()) if chosen else [])
