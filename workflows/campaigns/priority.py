"""Task queue priority of campaigns: matters when more batches wait than the workers take at once."""

from temporalio.common import Priority

from workflows.campaigns.models import CampaignRequest

LEVELS = ((10, 1), (6, 2), (5, 3), (1, 4), (0, 5))
"""Lowest campaign priority of each of Temporal's five levels; level 1 goes first. The defaults, 5 and 3, match."""


def task_priority(request: CampaignRequest) -> Priority:
    """Return the priority of a campaign's batches in the task queue; a higher campaign priority goes first.

    Campaigns of one level share the workers in proportion to their priorities, where the server supports fairness.
    """
    level = next(level for lowest, level in LEVELS if request.priority >= lowest)
    return Priority(
        priority_key=level,
        fairness_key=request.campaign_id[:64],
        fairness_weight=float(1 + request.priority),
    )
