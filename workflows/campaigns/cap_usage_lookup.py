"""A look-up of how full users' caps are, for clients: only workers can reach the store."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.cap_usage_models import AskCapUsage, CapUsage
    from workflows.campaigns.client import CAP_USAGE_TYPE

TIMEOUT = timedelta(seconds=9)


@workflow.defn(name=CAP_USAGE_TYPE)
class CapUsageWorkflow:
    """Answers one question, and ends."""

    @workflow.run
    async def run(self, wanted: AskCapUsage) -> CapUsage:
        """Retry until the store answers; the caller sets an execution timeout."""
        return await workflow.execute_activity_method(
            CampaignActivities.look_up_cap_usage, wanted, start_to_close_timeout=TIMEOUT
        )
