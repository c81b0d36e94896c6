"""Campaigns that were stopped from outside before they had ended. Pure functions."""

from workers.books.findings import Finding, Remedies
from workers.books.runs import Run
from workflows.campaigns.client import CAMPAIGN_ID_PREFIX
from workflows.campaigns.models import CampaignProgress
from workflows.shared.items import ItemRecord


def has_stopped(run: Run, record: ItemRecord | None) -> bool:
    """Return whether the run was ended before its campaign had; a later run may go on with it."""
    return run.status in {"TERMINATED", "TIMED_OUT"} and (record is None or not record.finished)


def judge_stopped(run: Run, progress: CampaignProgress | None, remedies: Remedies) -> Finding | None:
    """Return that nobody sends to the users who are left; ``progress`` is None if the workflow does not answer."""
    left = "nobody knows how many users are left"
    if progress is not None and progress.audience:  # else it was stopped before it knew its audience
        users = progress.pending + progress.deferred
        if not users:
            return None
        left = f"{users} of {progress.audience} users are left"
    item = f"campaign {run.workflow_id.removeprefix(CAMPAIGN_ID_PREFIX)}"
    return Finding("campaign that has stopped", item, f"{left}, and it {run.words}", remedies.reset(run))
