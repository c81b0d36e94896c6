"""The console in a real browser, where there is one."""

import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.chromium import CHROMIUM, opened_page
from tests.support.eventually import eventually
from tests.support.processes import clean_environment, free_port

CLASSES = "document.body.className"


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
async def test_the_console_starts_in_a_tab_takes_keys_and_ends_with_q(client: Client, tmp_path: Path) -> None:
    address = client.service_client.config.target_host
    flags = ("--web", "--web-port", str(free_port()), "--address", address, "--no-workers", "--read-only")
    environment = clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data"), PYTHONUNBUFFERED="1")
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "console", *flags, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        said = (await server.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", said)
        assert found is not None, said
        async with opened_page(tmp_path / "profile", found[0]) as page:
            await eventually(lambda: page.value(CLASSES), lambda classes: "-first-byte" in str(classes))
            assert "token" not in await page.value("location.href")
            assert await page.value("document.cookie") == "", "no script can read it"
            await page.press("q")
            await eventually(lambda: page.value(CLASSES), lambda classes: "-closed" in str(classes))
            broken = [told for told in page.told if "Content Security Policy" in str(told)]
            assert not broken
    finally:
        server.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(server.wait(), 60) == 0
