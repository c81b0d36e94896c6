"""From a click in the strict Slack to the changed message, beside the answer to ``approve`` from here.

The workers are a process of their own, with Slack's Web API and Socket Mode at this one.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.figures import Figure, milliseconds, percentile, times
from tests.benchmarks.place import Place
from tests.benchmarks.preparing import headless_workers
from tests.slack.api import APP_TOKEN, BOT_TOKEN
from tests.slack.clock import RealClock
from tests.slack.render import Seen
from tests.slack.server import SlackServer
from tests.support.eventually import eventually
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.level_models import Level
from workflows.approvals.models import ApprovalRequest
from workflows.approvals.updates import Approve

CLICKS = 60
WARM_UP = 5
APPROVER = "ben"
LOOK_SECONDS = 0.001
"""Between two looks at the message."""
QUIET_SECONDS = 0.15
"""After a click; messages to one recipient follow one another by a second anyway."""

Say = Callable[[str], None]


class SlackPlace(Place):
    """A place whose workers know the strict Slack."""

    def __init__(self, folder: Path, base_url: str) -> None:
        super().__init__(folder)
        self._base_url = base_url

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of every process here."""
        slack = {"TOKEN": BOT_TOKEN, "APP_TOKEN": APP_TOKEN, "BASE_URL": self._base_url}
        return super().environment(**{f"TCONSOLE_SLACK_{name}": value for name, value in slack.items()}, **more)


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Measure clicks and calls in turn."""
    slack = SlackServer(RealClock())
    slack.fill()
    with asyncio.Runner() as runner:  # it serves Slack while something is measured
        runner.run(slack.start())
        own = SlackPlace(place.folder, slack.base_url)
        with bare_server(own) as address, headless_workers(own, address, stock=1):
            sample = [sys.executable, "-m", "workers", "store", "sample"]
            subprocess.run(sample, env=own.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
            clicks, calls = runner.run(_times(address, slack))
        runner.run(slack.stop())
    say(f"{CLICKS} clicks: {milliseconds(min(clicks))} to {milliseconds(max(clicks))}")
    return [
        Figure(
            what="click in Slack to the changed message",
            measured=f"{milliseconds(median(clicks))}, p99 {milliseconds(percentile(clicks, 99))}",
            baseline=f"answer to approve: {milliseconds(median(calls))}, p99 {milliseconds(percentile(calls, 99))}",
            against=times(median(clicks), median(calls)),
        )
    ]


async def _times(address: str, slack: SlackServer) -> tuple[list[float], list[float]]:
    approvals = ApprovalsClient(await healthy(address))
    await eventually(lambda: slack.socket.connections)
    clicks: list[float] = []
    calls: list[float] = []
    for number in range(WARM_UP + CLICKS):
        request_id = await _request(approvals, f"CLICK-{number}")
        asked = await _asked(slack, request_id)
        await asyncio.sleep(QUIET_SECONDS)
        clicks.append(await _click(slack, asked))
        other = await _request(approvals, f"CALL-{number}")
        await _asked(slack, other)
        await asyncio.sleep(QUIET_SECONDS)
        started = time.perf_counter()
        await approvals.approve(other, Approve(approver=APPROVER))
        calls.append(time.perf_counter() - started)
    return clicks[WARM_UP:], calls[WARM_UP:]


async def _request(approvals: ApprovalsClient, name: str) -> str:
    request_id = f"REQ-BENCH-{name}"
    await approvals.start(
        ApprovalRequest(
            request_id=request_id,
            kind="leave",
            title="Two weeks in August",
            requester="ana",
            levels=[Level(name="first", approvers=[APPROVER]), Level(name="last", approvers=["dora"])],
        )
    )
    return request_id


async def _asked(slack: SlackServer, request_id: str) -> Seen:
    """Return the approver's message about a request, waiting for it."""

    def look() -> Seen | None:
        seen = slack.person(APPROVER).sees()
        return next((each for each in seen if request_id in each.text.split() and "Approve" in each.labels), None)

    found = await eventually(look)
    assert found is not None
    return found


async def _click(slack: SlackServer, asked: Seen) -> float:
    """Press the button; return the seconds until the message has no buttons any more."""
    blocks = asked.message.blocks
    started = time.perf_counter()
    slack.person(APPROVER).clicks(asked, "Approve")
    while asked.message.blocks is blocks:  # noqa: ASYNC110 - nobody tells of the change but the message itself
        await asyncio.sleep(LOOK_SECONDS)
    return time.perf_counter() - started
