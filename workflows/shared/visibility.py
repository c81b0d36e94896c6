"""The activity that tells a workflow whether its namespace knows the search attributes."""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import Priority

ACTIVITY_NAME = "search_attributes_registered"
TIMEOUT = timedelta(seconds=10)
FIRST = Priority(priority_key=1)
"""Ahead of all other activities in the queue: these take no time, and a caller waits for them."""


class VisibilityActivities:
    """Answers with what the worker found out when it connected."""

    def __init__(self, *, registered: bool) -> None:
        self._registered = registered

    @activity.defn(name=ACTIVITY_NAME)
    async def search_attributes_registered(self) -> bool:
        """Return whether search attributes may be upserted in this namespace."""
        return self._registered


async def ask_search_attributes_registered() -> bool:
    """Ask from a workflow. With a local activity and a query meanwhile, a replay could see the result too early."""
    return bool(
        await workflow.execute_activity(ACTIVITY_NAME, result_type=bool, start_to_close_timeout=TIMEOUT, priority=FIRST)
    )
