"""Workflows behind the guards of the real workers, without the sandbox: a third of what a workflow costs a test.

A call that a workflow must not make is found by the tests that have the sandbox: those of `tests.integrity`,
`tests.histories` and the workers, and those with a ``strict_office`` or a ``strict_world``.
"""

from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

from workers.guards import guarded


class UnsandboxedGuards(UnsandboxedWorkflowRunner):
    """Runs each workflow behind the guards, without the sandbox."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the instance for one run."""
        return guarded(super().create_instance(det), det.defn.cls)
