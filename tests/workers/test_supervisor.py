"""The supervisor's loop, with small workers on a real server: one fails, the others go on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from tests.support.eventually import TIMEOUT, eventually
from tests.support.temporal import fresh
from tests.support.waits import Gate, Waits
from workers.building import build_worker
from workers.settings.base import WorkerSettings
from workers.store.engine import Store
from workers.supervisor.supervisor import Supervisor
from workers.system import AnySystem, System, open_systems
from workflows.runtime.health import SupervisorReport, WorkerHealth


@pytest.fixture
def gate() -> Gate:
    """Give a gate."""
    return Gate()


def system(name: str, gate: Gate, before: Callable[[Client], Client] = lambda client: client) -> AnySystem:
    """Return a system on a task queue of its own. ``before`` may fail, or give another client."""
    task_queue = fresh(name)

    def build(client: Client, ports: None, *, registered: bool, drain: timedelta) -> Worker:
        del ports
        return build_worker(
            before(client),
            task_queue=task_queue,
            workflows=[Waits],
            activities=[gate.wait],
            registered=registered,
            drain=drain,
        )

    return System(name, task_queue, WorkerSettings, lambda *_: nullcontext(), build)


@asynccontextmanager
async def supervised(client: Client, store: Store, *systems: AnySystem) -> AsyncIterator[Supervisor]:
    """Run a supervisor during the block."""
    stop = asyncio.Event()
    async with open_systems(systems, store) as opened:
        supervisor = Supervisor(client, store, opened, drain=timedelta(seconds=5), registered=True)
        running = asyncio.create_task(supervisor.run(stop))
        try:
            yield supervisor
        finally:
            stop.set()
            await running


async def reported(supervisor: Supervisor, wanted: Callable[[SupervisorReport], bool]) -> SupervisorReport:
    """Wait until it reports what is wanted."""
    return await eventually(supervisor.report, wanted)


def health(report: SupervisorReport, name: str) -> WorkerHealth:
    """Return how the worker of that name does."""
    return next(worker for worker in report.workers if worker.name == name)


async def finish_one(client: Client, system: AnySystem) -> str:
    """Run one workflow of the system."""
    async with asyncio.timeout(TIMEOUT):
        return await client.execute_workflow(Waits.run, id=fresh("waits"), task_queue=system.task_queue)


async def test_a_worker_that_cannot_be_built_is_tried_again_while_the_other_works(
    client: Client, store: Store, gate: Gate
) -> None:
    failures = 2

    def fail_twice(client: Client) -> Client:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError("the printer\nis on fire")
        return client

    good, bad = system("good", gate), system("bad", gate, fail_twice)
    gate.open.set()
    async with supervised(client, store, good, bad) as supervisor:
        report = await reported(supervisor, lambda report: health(report, "bad").restarts > 0)
        assert health(report, "bad").state == "restarting"
        assert health(report, "bad").error == "the printer is on fire"
        assert await finish_one(client, good) == "done"
        assert health(supervisor.report(), "good").restarts == 0
        report = await reported(supervisor, lambda report: health(report, "bad").state == "polling")
        assert health(report, "bad").restarts == 2
        assert health(report, "bad").error is None
        assert await finish_one(client, bad) == "done"


async def test_a_worker_that_fails_while_it_runs_is_started_again(client: Client, store: Store, gate: Gate) -> None:
    namespace = fresh("late")

    def elsewhere(client: Client) -> Client:
        config = client.config()
        config["namespace"] = namespace
        return Client(**config)

    good, bad = system("good", gate), system("bad", gate, elsewhere)
    async with supervised(client, store, good, bad) as supervisor:
        report = await reported(supervisor, lambda report: health(report, "bad").restarts > 0)
        assert namespace in (health(report, "bad").error or "")
        await reported(supervisor, lambda report: health(report, "good").state == "polling")


async def test_activities_are_counted_for_their_worker(client: Client, store: Store, gate: Gate) -> None:
    busy, idle = system("busy", gate), system("idle", gate)
    async with supervised(client, store, busy, idle) as supervisor:
        running = asyncio.create_task(finish_one(client, busy))
        report = await reported(supervisor, lambda report: health(report, "busy").running == 1)
        assert health(report, "busy").done == 0
        gate.open.set()
        await running
        report = supervisor.report()
        assert (health(report, "busy").running, health(report, "busy").done) == (0, 1)
        assert (health(report, "idle").running, health(report, "idle").done) == (0, 0)


async def test_a_demo_that_fails_when_it_is_cancelled_does_not_start_again(
    client: Client, store: Store, gate: Gate
) -> None:
    started = asyncio.Event()

    async def play(*_: object) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("no answer")

    played = replace(system("played", gate), play=play)
    stop = asyncio.Event()
    async with open_systems([played], store) as opened, asyncio.timeout(TIMEOUT):
        supervisor = Supervisor(client, store, opened, drain=timedelta(seconds=5), registered=True)
        running = asyncio.create_task(supervisor.run(stop, demo=True))
        await started.wait()
        stop.set()
        await running
