"""The policy of all users who have none of their own: it changes at a moment that is known before. Pure functions.

Each change has a revision, one higher than the last. At any moment the highest of those holds whose moment has come, so
that a change replaces the earlier ones that are still to come from then on, and what holds never goes back to a lower
revision: of two actors that know two revisions, the one with the higher is right.
"""

from collections.abc import Sequence
from datetime import datetime

from workflows.campaigns.models import DEFAULT_POLICY, CapPolicy
from workflows.shared.fields import Answer, UtcDatetime


class DefaultPolicy(Answer):
    """One revision of the default policy."""

    revision: int
    policy: CapPolicy
    effective_from: UtcDatetime


BUILT_IN = 0
"""Revision of the default policy before any was set."""


def latest_revision(known: Sequence[DefaultPolicy]) -> int:
    """Return the highest revision, whether its moment has come or not."""
    return max((each.revision for each in known), default=BUILT_IN)


def default_at(known: Sequence[DefaultPolicy], moment: datetime) -> DefaultPolicy | None:
    """Return the one that holds at a moment; None for the built-in one."""
    come = [each for each in known if each.effective_from <= moment]
    return max(come, key=lambda each: each.revision, default=None)


def policy_of(default: DefaultPolicy | None) -> CapPolicy:
    """Return its caps."""
    return default.policy if default else DEFAULT_POLICY


def from_then_on(known: Sequence[DefaultPolicy], moment: datetime) -> list[DefaultPolicy]:
    """Return the one that holds at a moment, and those that will, in the order in which they do."""
    holding: list[DefaultPolicy] = []
    for each in sorted(known, key=lambda each: each.revision, reverse=True):
        if not holding or (each.effective_from < holding[-1].effective_from and holding[-1].effective_from > moment):
            holding.append(each)
    return holding[::-1]
