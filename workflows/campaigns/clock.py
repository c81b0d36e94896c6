"""The time for queries."""

from datetime import UTC, datetime

from temporalio import workflow


def time_of_query() -> datetime:
    """Return the time at which a query is asked.

    In a query ``workflow.now()`` is when the workflow last did something, which may be days ago, and a cap that was
    full then may be free now. A query is not replayed, so it may look at the worker's clock.
    """
    return max(workflow.now(), datetime.now(UTC))
