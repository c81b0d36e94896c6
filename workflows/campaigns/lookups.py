"""Small workflows on behalf of clients: only workers can reach the store."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.audience_models import AudienceAnswer, FindAudience
    from workflows.campaigns.cap_usage_models import AskCapUsage, CapUsage
    from workflows.campaigns.client import AUDIENCE_LOOKUP_TYPE, CAP_USAGE_TYPE, USER_LOOKUP_TYPE
    from workflows.campaigns.user_answer import LookUpUser, UserAnswer
    from workflows.shared.visibility import FIRST

TIMEOUT = timedelta(seconds=5)
CAP_USAGE_TIMEOUT = timedelta(seconds=9)
"""It reads many users, and waits behind the batches, since it is less urgent."""


@workflow.defn(name=AUDIENCE_LOOKUP_TYPE)
class AudienceLookupWorkflow:
    """Asks the directory of users for an audience."""

    @workflow.run
    async def run(self, wanted: FindAudience) -> AudienceAnswer:
        """Retry until the directory answers; the caller sets an execution timeout."""
        return await workflow.execute_activity_method(
            CampaignActivities.look_up_audience, wanted, start_to_close_timeout=TIMEOUT, priority=FIRST
        )


@workflow.defn(name=USER_LOOKUP_TYPE)
class UserLookupWorkflow:
    """Asks the store for a user."""

    @workflow.run
    async def run(self, wanted: LookUpUser) -> UserAnswer:
        """Retry until the store answers; the caller sets an execution timeout."""
        return await workflow.execute_activity_method(
            CampaignActivities.look_up_user, wanted, start_to_close_timeout=TIMEOUT, priority=FIRST
        )


@workflow.defn(name=CAP_USAGE_TYPE)
class CapUsageWorkflow:
    """Asks the store how full the caps of users are."""

    @workflow.run
    async def run(self, wanted: AskCapUsage) -> CapUsage:
        """Retry until the store answers; the caller sets an execution timeout."""
        return await workflow.execute_activity_method(
            CampaignActivities.look_up_cap_usage, wanted, start_to_close_timeout=CAP_USAGE_TIMEOUT
        )


LOOKUPS: list[type] = [AudienceLookupWorkflow, UserLookupWorkflow, CapUsageWorkflow]
