"""A worker of the approvals system for tests, with the real directory and a notifier, which can be told to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

from pydantic import ValidationError
from sqlalchemy import select
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker, WorkflowRunner

from tests.support.eventually import eventually
from tests.support.faults import Faults
from tests.support.guards import UnsandboxedGuards
from tests.support.hasty import HastyRetries
from tests.support.memory_store import MemoryStore
from tests.support.temporal import BUILD_ID, fresh, skip_time
from workers.building import workflow_options
from workers.policy.files import FilePolicies
from workers.store.attempts import SqlAttempts
from workers.store.directory import SqlDirectory
from workers.store.engine import Store
from workers.store.items import SqlItems
from workers.store.releases import SqlReleases
from workers.store.sample import add_people
from workers.store.slack_messages import SqlSlackMessages
from workers.store.slack_schema import slack_cards, slack_messages
from workers.store.slack_wanted import HEAD
from workflows.approvals.activities import ApprovalActivities
from workflows.approvals.client import ApprovalsClient, workflow_id
from workflows.approvals.models import ApprovalRequest, ApprovalState
from workflows.approvals.people.resolve import resolve_chain
from workflows.approvals.policy.reading import sample_policy
from workflows.approvals.ports import ApprovalPorts, Person
from workflows.approvals.review.review import Review
from workflows.approvals.slack.models import LevelCard
from workflows.approvals.workflow import WORKFLOWS
from workflows.shared.items import ItemRecord
from workflows.shared.visibility import VisibilityActivities

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)
Failures = Sequence[type[BaseException]]


def sample_company() -> MemoryStore:
    """Return a store with the people of the sample data."""
    store = MemoryStore()
    store.run(add_people)
    return store


class Office:
    """A worker's client, and the outside world that the worker sees: the sample company's directory and a store."""

    def __init__(
        self,
        client: Client,
        task_queue: str,
        environment: WorkflowEnvironment | None = None,
        store: MemoryStore | None = None,
    ) -> None:
        self.client = ApprovalsClient(client, task_queue=task_queue)
        self.temporal = client
        self.task_queue = task_queue
        self._environment = environment
        self.store = store or sample_company()
        self.slack_on = True
        self.policies = FilePolicies(None)
        self.faults = Faults()
        """What goes wrong with ``directory``, ``book_absence``, ``release``, ``put`` (for Slack), and the records."""

    @property
    def ports(self) -> ApprovalPorts:
        """The outside world, for a worker."""
        directory = self.faults.wrap(SqlDirectory(self.store), person="directory", members="directory")
        slack = self.faults.wrap(SqlSlackMessages(self.store, on=self.slack_on))
        releases = self.faults.wrap(SqlReleases(self.store))
        items = self.faults.wrap(SqlItems(self.store), begin="begin_record", save="save_record")
        attempts = self.faults.wrap(SqlAttempts(self.store), keep="keep_attempt")
        return ApprovalPorts(directory, slack, items, self.policies, directory, releases, attempts)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Who was to be told what in Slack, in order, without the cards."""
        row = slack_messages.c
        query = select(row.recipient, row.content).where(row.kind == "notice").order_by(row.position)
        return [(each.recipient, each.content["text"]) for each in self.store.rows(query)]

    def cards(self, request_id: str) -> list[LevelCard]:
        """Return what Slack is to show of the levels of a request."""
        row = slack_cards.c
        query = select(row.content).where(row.request_id == request_id, row.part != HEAD).order_by(row.part)
        return [LevelCard.model_validate(each.content) for each in self.store.rows(query)]

    async def pass_time(self, **length: float) -> None:
        """Let time pass without waiting, on the server that can."""
        assert self._environment is not None, "this needs the time-skipping server"
        await skip_time(self._environment, timedelta(**length))

    def lose_directory(self) -> None:
        """Let the directory be down, until ``faults.up``."""
        self.faults.down("directory")
        self.faults.calls.clear()

    async def directory_asked(self) -> None:
        """Wait until somebody has asked the lost directory."""
        await eventually(lambda: self.faults.calls["directory"])

    async def state_at_end(self, request_id: str) -> ApprovalState:
        """Return the workflow's result, waiting for it."""
        handle = self.temporal.get_workflow_handle(workflow_id(request_id), result_type=ApprovalState)
        state: ApprovalState = await handle.result()
        return state

    async def state_when(self, request_id: str, condition: Callable[[ApprovalState], bool]) -> ApprovalState:
        """Return the state as soon as it fulfils the condition."""
        return await eventually(lambda: self.client.get_state(request_id), condition)

    async def record_when(self, request_id: str, condition: Callable[[ItemRecord], bool]) -> ItemRecord:
        """Return the store's record of a request as soon as it fulfils the condition."""
        found = await eventually(
            lambda: SqlItems(self.store).find(workflow_id(request_id)),
            lambda record: bool(record and condition(record)),
        )
        assert found is not None
        return found

    async def start(self, request: ApprovalRequest | None = None, **fields: object) -> str:
        """Start a request and return its ID; without one, a leave of ``ana`` under the company's policy."""
        request = request or leave(**fields)
        await self.client.start(request)
        return request.request_id


def leave(**fields: object) -> ApprovalRequest:
    """Return a request for leave by ``ana``, with some fields replaced."""
    request = {"request_id": fresh("REQ"), "kind": "leave", "title": "Two weeks in August", "requester": "ana"}
    return ApprovalRequest.model_validate(request | fields)


def under_review(**fields: object) -> Review:
    """Return a request of ``leave`` on its first level, without a server."""
    request = leave(**fields)
    review = Review(request, NOW)
    review.open(asyncio.run(resolve_chain(request, _directory(), sample_policy().policy)), NOW)
    return review


class _RememberedDirectory(SqlDirectory):
    """Asks the store once for each name: a property test asks some thousand times."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._people: dict[str, Person | None] = {}
        self._groups: dict[str, list[str]] = {}

    async def person(self, person_id: str) -> Person | None:
        """Return the person."""
        if person_id not in self._people:
            self._people[person_id] = await super().person(person_id)
        return self._people[person_id]

    async def members(self, group: str) -> list[str]:
        """Return the members."""
        if group not in self._groups:
            self._groups[group] = await super().members(group)
        return self._groups[group]


@cache
def _directory() -> SqlDirectory:
    return _RememberedDirectory(sample_company())


def level(*approvers: str, name: str = "team", **fields: object) -> dict[str, object]:
    """Return a level for ``leave(levels=[…])``."""
    return {"name": name, "approvers": list(approvers), **fields}


PRODUCTION: Failures = (ValidationError,)
"""What fails a workflow on the real worker; any other error of its code is tried again for ever."""


def approvals_worker(
    client: Client,
    task_queue: str,
    ports: ApprovalPorts,
    failures: Failures = (Exception,),
    runner: WorkflowRunner | None = None,
    *,
    hasty: bool = True,
) -> Worker:
    """Return a worker. It fails fast unless told otherwise: any error of the workflow's code fails the workflow.

    The default ``runner`` has the guards without the sandbox.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[
            *ApprovalActivities(ports, registered=True).all(),
            VisibilityActivities(registered=True).search_attributes_registered,
        ],
        workflow_runner=runner or UnsandboxedGuards(),
        **workflow_options(*[HastyRetries()] * hasty, failures=failures),
        build_id=BUILD_ID,
    )


@asynccontextmanager
async def running_office(
    client: Client,
    failures: Failures = (Exception,),
    task_queue: str | None = None,
    environment: WorkflowEnvironment | None = None,
    store: MemoryStore | None = None,
    runner: WorkflowRunner | None = None,
    *,
    slack_on: bool = True,
) -> AsyncIterator[Office]:
    """Run a worker, on a task queue of its own unless one is named."""
    office = Office(client, task_queue or fresh("approvals"), environment, store)
    office.slack_on = slack_on
    hasty = environment is None
    async with approvals_worker(client, office.task_queue, office.ports, failures, runner, hasty=hasty):
        yield office
