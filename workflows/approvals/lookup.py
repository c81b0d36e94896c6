"""Asks the company's directory on behalf of a client: only workers can reach the directory."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.approvals.activities import LOOK_UP_PERSON
    from workflows.approvals.models import PersonAnswer, PersonLookup

ATTEMPT_TIMEOUT = timedelta(seconds=10)


@workflow.defn(name="PersonLookupWorkflow")
class PersonLookupWorkflow:
    """Returns what the directory knows of one person."""

    @workflow.run
    async def run(self, lookup: PersonLookup) -> PersonAnswer:
        """Retry until the directory answers; the caller sets an execution timeout."""
        answer: PersonAnswer = await workflow.execute_activity(
            LOOK_UP_PERSON, lookup, result_type=PersonAnswer, start_to_close_timeout=ATTEMPT_TIMEOUT
        )
        return answer
