"""Small workflows on behalf of clients: only workers can reach the directory and the store."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.approvals import access
    from workflows.approvals.activities import KEEP_ATTEMPT, LOOK_UP_ATTEMPTS, LOOK_UP_PERSON, LOOK_UP_SLACK
    from workflows.approvals.attempt_models import AttemptLookup, KeptAttempts, RefusedAttempt
    from workflows.approvals.client import ATTEMPT_LOOKUP_TYPE, ATTEMPT_TYPE, LOOKUP_TYPE, SLACK_LOOKUP_TYPE
    from workflows.approvals.models import PersonAnswer, PersonLookup
    from workflows.approvals.slack.models import SlackLookup, SlackState

LOOKUP_TIMEOUT = timedelta(seconds=10)


@workflow.defn(name=LOOKUP_TYPE)
class PersonLookupWorkflow:
    """Asks the company's directory for a person."""

    @workflow.run
    async def run(self, lookup: PersonLookup) -> PersonAnswer:
        """Retry until the directory answers; the caller sets an execution timeout."""
        answer: PersonAnswer = await workflow.execute_activity(
            LOOK_UP_PERSON, lookup, result_type=PersonAnswer, start_to_close_timeout=LOOKUP_TIMEOUT
        )
        return answer


@workflow.defn(name=SLACK_LOOKUP_TYPE)
class SlackLookupWorkflow:
    """Asks the store for a request's messages."""

    @workflow.run
    async def run(self, lookup: SlackLookup) -> SlackState:
        """Retry until the store answers; the caller sets an execution timeout."""
        answer: SlackState = await workflow.execute_activity(
            LOOK_UP_SLACK, lookup, result_type=SlackState, start_to_close_timeout=LOOKUP_TIMEOUT
        )
        return answer


@workflow.defn(name=ATTEMPT_LOOKUP_TYPE)
class AttemptLookupWorkflow:
    """Asks the store for the refused attempts beside a request's trail."""

    @workflow.run
    async def run(self, lookup: AttemptLookup) -> KeptAttempts:
        """Retry until the store answers; the caller sets an execution timeout."""
        answer: KeptAttempts = await workflow.execute_activity(
            LOOK_UP_ATTEMPTS, lookup, result_type=KeptAttempts, start_to_close_timeout=LOOKUP_TIMEOUT
        )
        return answer


@workflow.defn(name=ATTEMPT_TYPE)
class RefusedAttemptWorkflow:
    """Brings a refused attempt to the store, for a request whose workflow has ended."""

    ACCESS = access.ATTEMPT

    @workflow.run
    async def run(self, attempt: RefusedAttempt) -> None:
        """Retry until the store has it; the caller sets an execution timeout."""
        await workflow.execute_activity(KEEP_ATTEMPT, attempt, start_to_close_timeout=LOOKUP_TIMEOUT)


LOOKUPS: list[type] = [PersonLookupWorkflow, SlackLookupWorkflow, AttemptLookupWorkflow, RefusedAttemptWorkflow]
