"""Workers are started where nobody's poll, on a server that somebody else runs."""

import asyncio
import os

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client

from console.start.options import LaunchOptions
from tests.start.conftest import TASK_QUEUES, Opener
from tests.start.test_session import supervisor, until
from tests.support.processes import processes_of, workers_process
from tests.support.temporal import connection, new_namespace
from workflows.runtime.pollers import live_pollers


@pytest.fixture
async def given(client: Client, options: LaunchOptions, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Name a namespace without search attributes by its server's address."""
    del options
    own = await new_namespace(client, search_attributes=False)
    for name, value in connection(own).items():
        monkeypatch.setenv(name, value)
    return own


async def test_where_nobody_polls_workers_are_started_for_all_consoles(
    given: Client, open_session: Opener, options: LaunchOptions
) -> None:
    first = await open_session()
    assert not first.state.server.embedded
    pid = await supervisor(first)
    assert all([await live_pollers(given, queue) for queue in TASK_QUEUES])
    assert first.state.search_attributes
    second = await open_session()
    assert await supervisor(second) == pid
    await first.close()
    await asyncio.sleep(1)
    assert processes_of(options.data_dir) == {pid}


@pytest.mark.usefixtures("given")
async def test_others_workers_are_enough_until_they_die(open_session: Opener, options: LaunchOptions) -> None:
    with workers_process("run", environment=os.environ) as others:
        await others.says("ready")
        session = await open_session()
        await until(session, lambda state: state.workers == "workers run elsewhere")
        assert processes_of(options.data_dir, "run") == {others.process.pid}
        others.process.kill()  # the server remembers their polls for minutes
        await others.exit_code()
        await supervisor(session)


@pytest.mark.usefixtures("given")
async def test_without_workers_it_says_so(open_session: Opener, options: LaunchOptions) -> None:
    session = await open_session(workers=False)
    await until(session, lambda state: state.workers == "no workers")
    assert not processes_of(options.data_dir)


async def test_a_namespace_without_room_for_search_attributes_is_worked_with(
    given: Client, open_session: Opener
) -> None:
    taken = {f"Taken{number}": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME for number in range(3)}
    await given.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=given.namespace, search_attributes=taken)
    )
    session = await open_session()
    assert session.state.search_attributes is False
    await supervisor(session)
    assert session.state.report is not None
    assert session.state.report.search_attributes is False
