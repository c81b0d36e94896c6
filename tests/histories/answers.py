"""Every answer of a workflow's queries while its recorded history is replayed, task by task."""

import inspect
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from temporalio import workflow
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from tests.histories.format import read
from tests.histories.systems import SYSTEMS
from tests.support.histories import UNHURRIED
from tests.support.temporal import BUILD_ID
from workers.building import PASSED_THROUGH, workflow_options
from workers.guard import Guard
from workers.guards import GuardingRunner
from workflows.runtime.server_clock import SERVER_CLOCK

ASKED_AT = datetime(2027, 3, 1, tzinfo=UTC)
"""Time of the queries; some answers depend on it."""


class AskingRunner(GuardingRunner):
    """Queries each workflow after each of its workflow tasks."""

    def __init__(self) -> None:
        super().__init__(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
        self.answers: list[Any] = []

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the instance for one run."""
        return _Asked(super().create_instance(det), _queries(det.defn.cls), self.answers)


class _Asked(Guard):
    def __init__(self, instance: WorkflowInstance, queries: list[str], answers: list[Any]) -> None:
        super().__init__(instance)
        self._queries = queries
        self._answers = answers

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        completion = super().activate(act)
        if any(job.HasField("remove_from_cache") for job in act.jobs):
            return completion
        for name in self._queries:
            question = WorkflowActivation(run_id=act.run_id, timestamp=act.timestamp, is_replaying=True)
            question.jobs.add().query_workflow.query_type = name
            (command,) = super().activate(question).successful.commands
            answer = command.respond_to_query
            told = answer.failed.message or json.loads(answer.succeeded.response.data)
            self._answers.append({name: told})
        return completion


async def answers(path: Path, workflows: list[type]) -> list[Any]:
    """Replay a recorded history, and return all answers."""
    runner = AskingRunner()
    replayer = Replayer(
        workflows=workflows,
        workflow_runner=runner,
        data_converter=pydantic_data_converter,
        **workflow_options(),
        workflow_task_executor=UNHURRIED,
        build_id=BUILD_ID,
    )
    with patch.object(SERVER_CLOCK, "now", lambda: ASKED_AT):
        await replayer.replay_workflow(read(path))
    return runner.answers


async def all_answers() -> dict[str, list[Any]]:
    """Return the answers of all recordings, by their names."""
    return {
        f"{system.name}/{path.stem}": await answers(path, list(system.workflows))
        for system in SYSTEMS
        for path in system.paths
    }


def _queries(defined_by: type) -> list[str]:
    """Return the queries that need no payload."""
    queries = workflow._Definition.must_from_class(defined_by).queries
    return sorted(name for name, query in queries.items() if name is not None and not _required(query.fn))


def _required(method: Any) -> list[inspect.Parameter]:  # noqa: ANN401 - a query's method
    _, *parameters = inspect.signature(method).parameters.values()
    return [parameter for parameter in parameters if parameter.default is inspect.Parameter.empty]
