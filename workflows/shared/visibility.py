"""The activity that tells a workflow whether its namespace knows the search attributes."""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import Priority

ACTIVITY_NAME = "search_attributes_registered"

ORDINARY_FIRST_STEPS = "ordinary-first-steps"
"""Patch of the approvals, campaigns and actors that began after their first steps became ordinary activities."""

FIRST = Priority(priority_key=1)
"""Before all other work in the queue: it takes no time, and somebody waits for it."""


class VisibilityActivities:
    """Answers from what the worker found out when it connected."""

    def __init__(self, *, registered: bool) -> None:
        self._registered = registered

    @activity.defn(name=ACTIVITY_NAME)
    async def search_attributes_registered(self) -> bool:
        """Return whether search attributes may be upserted in this namespace."""
        return self._registered


async def ask_search_attributes_registered(*, locally: bool) -> bool:
    """Ask from a workflow.

    A local activity costs one marker in the history, and no round trip. But a query that comes while it runs can have
    its marker recorded before the workflow sees its answer; a replay sees it earlier, and what came in between later.
    A workflow that is queried from its first moment, and signalled or updated, could then not be replayed. So only runs
    that began with one ask by one.
    """
    within = timedelta(seconds=10)
    if locally:
        return bool(
            await workflow.execute_local_activity(ACTIVITY_NAME, result_type=bool, start_to_close_timeout=within)
        )
    return bool(
        await workflow.execute_activity(ACTIVITY_NAME, result_type=bool, start_to_close_timeout=within, priority=FIRST)
    )


def begins_with_local_activities() -> bool:
    """Return whether this run is one that began, and so must go on, with local activities."""
    return not workflow.patched(ORDINARY_FIRST_STEPS)
