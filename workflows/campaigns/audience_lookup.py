"""A look-up of an audience, for clients: only workers can reach the directory of users."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.audience_models import AudienceAnswer, FindAudience
    from workflows.campaigns.client import AUDIENCE_LOOKUP_TYPE
    from workflows.shared.visibility import FIRST

TIMEOUT = timedelta(seconds=5)


@workflow.defn(name=AUDIENCE_LOOKUP_TYPE)
class AudienceLookupWorkflow:
    """Answers one question, and ends."""

    @workflow.run
    async def run(self, wanted: FindAudience) -> AudienceAnswer:
        """Retry until the directory answers; the caller sets an execution timeout."""
        return await workflow.execute_activity_method(
            CampaignActivities.look_up_audience, wanted, start_to_close_timeout=TIMEOUT, priority=FIRST
        )
