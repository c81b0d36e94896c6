"""The sandbox of our workflows, with guards before each of them."""

from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from workers.guards.bad_starts import BadStartGuard
from workers.guards.early_events import EarlyEventsGuard


class GuardingRunner(SandboxedWorkflowRunner):
    """Runs each workflow behind the guards."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the instance for one run."""
        return EarlyEventsGuard(BadStartGuard(super().create_instance(det)))
