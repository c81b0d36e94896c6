"""The activity that tells a workflow whether its namespace knows the search attributes."""

from datetime import timedelta

from temporalio import activity, workflow

ACTIVITY_NAME = "search_attributes_registered"


class VisibilityActivities:
    """Answers from what the worker found out when it connected."""

    def __init__(self, *, registered: bool) -> None:
        self._registered = registered

    @activity.defn(name=ACTIVITY_NAME)
    async def search_attributes_registered(self) -> bool:
        """Return whether search attributes may be upserted in this namespace."""
        return self._registered


async def ask_search_attributes_registered() -> bool:
    """Ask from a workflow; a local activity, so that it costs one marker in the history and no round trip."""
    registered: bool = await workflow.execute_local_activity(
        ACTIVITY_NAME,
        result_type=bool,
        start_to_close_timeout=timedelta(seconds=10),
    )
    return registered
