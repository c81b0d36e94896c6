"""Refuses input that gets past pydantic: no payload, ``null``, or several. Signals: see `workflows.shared.signals`.

A signal that the `IdentityGuard` refuses is recorded by its workflow, and reaches no handler.
"""

from typing import Any

from temporalio import workflow
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from workflows.shared.identity.signature import REFUSED_HEADER
from workflows.shared.inputs import why_not_single
from workflows.shared.refusals import refuse
from workflows.shared.signals import SignalReceiver


class InputInterceptor(Interceptor):
    """Puts the check before each workflow of a worker or a replayer."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the SDK's
        """Return the check for one run."""
        return _InputCheck


class _InputCheck(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401 - the SDK's
        """Fail the workflow at once; one that takes its input in ``__init__`` has failed before."""
        refuse(why_not_single(input.run_fn, input.args))
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - the SDK's
        """Hand over the signal, or have it recorded as refused."""
        refused = input.headers.get(REFUSED_HEADER)
        receiver = workflow.instance()
        if refused is None:
            await super().handle_signal(input)
        elif isinstance(receiver, SignalReceiver):
            await receiver.refuse_signal(input.signal, refused.data.decode(), input.args[-1])

    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002 - the SDK's
        """Reject the update."""
        method = getattr(type(workflow.instance()), input.update)
        refuse(why_not_single(method, input.args))
        super().handle_update_validator(input)
