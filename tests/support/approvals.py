"""A worker of the approvals system for tests, with a directory and a notifier that can be told to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from pydantic import ValidationError
from temporalio.client import Client
from temporalio.worker import Worker

from tests.support.eventually import eventually
from tests.support.memory_store import MemoryStore
from tests.support.temporal import BUILD_ID, fresh
from workers.building import workflow_options
from workers.guards import GuardingRunner
from workers.store.items import SqlItems
from workflows.approvals.activities import ApprovalActivities
from workflows.approvals.client import ApprovalsClient, workflow_id
from workflows.approvals.models import ApprovalRequest, ApprovalState
from workflows.approvals.ports import ApprovalPorts, Notification, Person
from workflows.approvals.resolve import resolve_chain
from workflows.approvals.review import Review
from workflows.approvals.workflow import WORKFLOWS
from workflows.shared.items import ItemRecord
from workflows.shared.visibility import VisibilityActivities

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)
Failures = Sequence[type[BaseException]]


def _person(person_id: str, manager: str | None, *groups: str) -> Person:
    return Person(person_id, person_id.capitalize(), f"{person_id}@example.com", manager, groups)


COMPANY = (
    _person("ana", "ben", "engineers"),
    _person("fay", "ben", "engineers"),
    _person("ben", "dora"),
    _person("dora", "greta", "directors"),
    _person("greta", None, "directors"),
    _person("chen", "dora", "hr"),
    _person("emeka", "dora", "hr"),
)
"""The people whom the sample data names."""


class StaffDirectory:
    """The company's directory in memory. ``down`` makes it unreachable."""

    def __init__(self, people: tuple[Person, ...] = COMPANY) -> None:
        self._people = {person.person_id: person for person in people}
        self.down = False
        self.asked = asyncio.Event()
        """Set with each question, answered or not."""

    async def person(self, person_id: str) -> Person | None:
        """Return the person, or None."""
        self._answer()
        return self._people.get(person_id)

    async def members(self, group: str) -> list[str]:
        """Return the members, none for an unknown group."""
        self._answer()
        return [person.person_id for person in self._people.values() if group in person.groups]

    def _answer(self) -> None:
        self.asked.set()
        if self.down:
            raise ConnectionError("the directory is down")


class Channel:
    """Where notifications go: delivers each key once, as the real one does."""

    def __init__(self) -> None:
        self.configured = True
        self.working = asyncio.Event()
        """Clear it, and a delivery takes for ever."""
        self.working.set()
        self.failures = 0
        """How many of the next deliveries fail."""
        self.delivered: dict[str, Notification] = {}
        self.attempts = 0

    async def notify(self, notification: Notification) -> Literal["off", "sent"]:
        """Deliver, unless told to fail, to wait, or not to be there."""
        if not self.configured:
            return "off"
        self.attempts += 1
        await self.working.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the channel is down")
        self.delivered.setdefault(notification.key, notification)
        return "sent"

    @property
    def texts(self) -> list[str]:
        """What was delivered, in order."""
        return [notification.text for notification in self.delivered.values()]


@dataclass
class Office:
    """A running worker, its client, and the outside world that it sees."""

    client: ApprovalsClient
    temporal: Client
    task_queue: str
    directory: StaffDirectory = field(default_factory=StaffDirectory)
    channel: Channel = field(default_factory=Channel)
    store: MemoryStore = field(default_factory=MemoryStore)

    @property
    def ports(self) -> ApprovalPorts:
        """The outside world, for a worker."""
        return ApprovalPorts(self.directory, self.channel, SqlItems(self.store))

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
    review.open(asyncio.run(resolve_chain(request, StaffDirectory())), NOW)
    return review


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
    *,
    identity: str | None = None,
) -> Worker:
    """Return a worker. It fails fast unless told otherwise: any error of the workflow's code fails the workflow."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[
            *ApprovalActivities(ports).all(),
            VisibilityActivities(registered=True).search_attributes_registered,
        ],
        workflow_runner=GuardingRunner(),
        **workflow_options(failures=failures),
        identity=identity,
        build_id=BUILD_ID,
    )


@asynccontextmanager
async def running_office(
    client: Client,
    failures: Failures = (Exception,),
    directory: StaffDirectory | None = None,
    store: MemoryStore | None = None,
) -> AsyncIterator[Office]:
    """Run a worker on a task queue of its own."""
    task_queue = fresh("approvals")
    approvals = ApprovalsClient(client, task_queue=task_queue)
    office = Office(approvals, client, task_queue, directory or StaffDirectory(), store=store or MemoryStore())
    async with approvals_worker(client, task_queue, office.ports, failures):
        yield office
