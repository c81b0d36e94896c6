"""Workers are started where nobody's poll, on a server that somebody else runs."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from console.start.pollers import look_for_pollers
from tests.start.conftest import TASK_QUEUES, Opener
from tests.start.test_session import OURS, children, polling, until
from tests.support.processes import workers_process
from tests.support.temporal import dev_server


@pytest.fixture
async def given(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WorkflowEnvironment]:
    """Give a server of the test's own, by its address."""
    async with dev_server(search_attributes=False) as server:
        monkeypatch.setenv("TEMPORAL_ADDRESS", server.client.service_client.config.target_host)
        yield server


async def test_where_nobody_polls_workers_are_started(open_session: Opener, given: WorkflowEnvironment) -> None:
    session = await open_session()
    assert (session.state.server.embedded, session.state.server.owned) == (False, False)
    await until(session, polling)
    assert (await look_for_pollers(given.client, TASK_QUEUES)).everywhere
    assert session.state.search_attributes


async def test_others_workers_are_enough_until_they_die(open_session: Opener, given: WorkflowEnvironment) -> None:
    with workers_process("run", environment=os.environ) as others:
        await asyncio.to_thread(others.wait_for, "ready")
        session = await open_session()
        assert session.state.workers == "workers run elsewhere"
        assert not children(OURS + " --report")
        others.process.kill()
        await asyncio.to_thread(others.wait)
        # The server remembers their polls for minutes.
        assert not (await look_for_pollers(given.client, TASK_QUEUES)).everywhere
        await until(session, polling)


async def test_the_screen_has_the_processors_to_itself_at_first(open_session: Opener) -> None:
    session = await open_session(head_start_seconds=1.0)
    assert session.state.workers == "workers are starting"
    assert not children(OURS)
    await until(session, polling)


@pytest.mark.usefixtures("given")
async def test_without_workers_it_says_so(open_session: Opener) -> None:
    session = await open_session(workers=False)
    assert session.state.workers == "no workers"
    assert not children(OURS)


async def test_a_namespace_without_room_for_search_attributes_is_worked_with(
    open_session: Opener, given: WorkflowEnvironment
) -> None:
    client = given.client
    taken = {f"Taken{number}": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME for number in range(3)}
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=taken)
    )
    session = await open_session()
    assert session.state.search_attributes is False
    report = (await until(session, polling)).report
    assert report is not None
    assert report.search_attributes is False
