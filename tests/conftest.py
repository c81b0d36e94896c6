"""Fixtures for all tests: one development server and its client for the session."""

import gc
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.support.profiles import STEADY
from tests.support.stores import new_store
from tests.support.temporal import POLLS_END_WITH_WORKERS, dev_server, new_namespace, time_skipping_server
from workers.store.engine import Store

os.environ.setdefault("GOGC", "400")  # a tenth of a server's time goes into looking for garbage in little memory

OBJECTS_BETWEEN_COLLECTIONS = 10_000
gc.disable()  # imports make no garbage to speak of, and hundreds of thousands of objects to look at

settings.register_profile("steady", STEADY)
settings.load_profile("steady")


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """Give the session's development server. Tests keep apart by fresh task queues and fresh IDs."""
    async with dev_server(*POLLS_END_WITH_WORKERS) as environment:
        yield environment


@pytest.fixture(scope="session")
def client(server: WorkflowEnvironment) -> Client:
    """Give a client of the session's development server."""
    return server.client


@pytest.fixture
async def own_namespace(client: Client) -> Client:
    """Give a client of a namespace of the test's own, where all that is listed or polled is of the test."""
    return await new_namespace(client)


@pytest.fixture
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """Give a time-skipping server of the test's own, since skipped time is the whole server's."""
    async with time_skipping_server() as environment:
        yield environment


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Give an empty store of the test's own."""
    opened = await new_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    await opened.close()


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes run tests: more than there are cores, since much of a test is waiting for a server."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


def pytest_collection_finish() -> None:
    """Collect garbage from now on, and never look at what has been imported."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once when all is reported: a process that used temporalio may crash in its normal exit.

    See https://github.com/temporalio/sdk-python/issues/300.
    """
    status = getattr(config, "_exit_status", None)
    if status is not None and not hasattr(config, "workerinput"):  # one of several processes: its parent reports
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(status))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remember the exit status for the end of the process."""
    session.config._exit_status = exitstatus  # type: ignore[attr-defined]
