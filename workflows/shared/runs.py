"""Which run of a workflow counts. An ID has several after a reset, and after a start that used it again."""

from datetime import datetime


def run_rank(started_at: datetime, *, is_open: bool, failed: bool) -> tuple[bool, bool, datetime]:
    """Return a sort key of the runs of one workflow ID; the highest is the business item.

    A start that failed has nothing, so an earlier run that did not fail counts, however late the failed one came.
    """
    return is_open, not failed, started_at
