"""Sessions of a data folder and a port of the test's own."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from console.start.options import LaunchOptions
from console.start.session import Session
from tests.support.eventually import eventually
from tests.support.processes import clean_environment, free_port, processes_of

TASK_QUEUES = ("order-processing-queue", "hr-approval-queue", "marketing-campaign-queue")

Opener = Callable[..., Awaitable[Session]]


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LaunchOptions:
    """Give options of the test's own, and an environment without anybody's settings."""
    port = free_port()
    data_dir = tmp_path / "data"
    environment = clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(data_dir), TCONSOLE_SERVER_PORT=str(port))
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return LaunchOptions(data_dir=data_dir, server_port=port, task_queues=lambda: TASK_QUEUES)


@pytest.fixture
async def open_session(options: LaunchOptions) -> AsyncIterator[Opener]:
    """Give a way to open sessions. After the test all of them are closed, and nothing of them is left."""
    async with AsyncExitStack() as stack:

        async def opener(**changes: object) -> Session:
            session = await Session.open(replace(options, **changes))  # type: ignore[arg-type]
            stack.push_async_callback(session.close)
            return session

        yield opener
    await eventually(lambda: processes_of(options.data_dir), lambda found: not found)
