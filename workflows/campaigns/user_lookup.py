"""A look-up of a user in the store, for clients: only workers can reach it."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.client import USER_LOOKUP_TYPE
    from workflows.campaigns.user_answer import LookUpUser, UserAnswer
    from workflows.shared.visibility import FIRST

TIMEOUT = timedelta(seconds=5)


@workflow.defn(name=USER_LOOKUP_TYPE)
class UserLookupWorkflow:
    """Answers one question, and ends."""

    @workflow.run
    async def run(self, wanted: LookUpUser) -> UserAnswer:
        """Retry until the store answers; the caller sets an execution timeout."""
        return await workflow.execute_activity_method(
            CampaignActivities.look_up_user, wanted, start_to_close_timeout=TIMEOUT, priority=FIRST
        )
