"""Opening the history of a long run to its first screen, beside one bare page of its events on the same connection."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from statistics import median

from temporalio import activity, workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from console.gateway.rows import RowKey
from console.history.screen import HistoryScreen
from tests.benchmarks.bare_server import bare_server, listing
from tests.benchmarks.figures import Figure, milliseconds, percentile, times
from tests.benchmarks.place import Place
from tests.support.console_app import Console, running_console
from tests.support.eventually import eventually
from tests.support.temporal import BUILD_ID

QUEUE = "benchmark-history"
AT_ONCE = 50
"""Activities under way."""
EVENTS = 20_000
ACTIVITY_EVENTS = 3
TIMEOUT_SECONDS = 900
ROUNDS = 15
KEYS = 200
AIM_TIMES = 1.5
AIM_KEY_SECONDS = 0.036


@activity.defn
async def pick(line: dict[str, object]) -> dict[str, object]:
    """Return what was given."""
    return line


@workflow.defn
class LongRun:
    """Picks lines until it has so many events, then waits."""

    @workflow.run
    async def run(self, events: int) -> None:
        """Run."""
        while workflow.info().get_current_history_length() < events:
            lines = ({"order_id": f"ORD-{number}", "sku": "SKU-LAMP", "quantity": 2} for number in range(AT_ONCE))
            picking = (
                workflow.execute_activity(pick, line, start_to_close_timeout=timedelta(minutes=1)) for line in lines
            )
            await asyncio.gather(*picking)
        await workflow.wait_condition(lambda: False)


def measure(place: Place, say: Callable[[str], None]) -> Sequence[Figure]:
    """Open the history, and read a bare page, in turn; then scroll through it."""
    with bare_server(place) as address:
        return asyncio.run(_measure(address, say))


async def _measure(address: str, say: Callable[[str], None]) -> Sequence[Figure]:
    await listing(address)
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    key = await _long_run(client)
    async with running_console(client, size=(160, 45)) as console:
        whole: list[float] = []
        scrolled: list[float] = []
        opened, page = await _in_turn(lambda: _open(console, key, whole, scrolled), lambda: _page(client, key))
    say(f"all {EVENTS:,} events there after {median(whole):.2f} s")
    worst = percentile(scrolled, 99)
    return [
        Figure(
            what=f"history of {EVENTS:,} events, to its first screen",
            measured=milliseconds(opened),
            baseline=f"one page of events: {milliseconds(page)}",
            against=times(opened, page),
            aim=f"{AIM_TIMES} x at most",
            within=opened / page <= AIM_TIMES,
        ),
        Figure(
            what=f"key in a history of {EVENTS:,} events",
            measured=f"p50 {milliseconds(median(scrolled))}, p99 {milliseconds(worst)}",
            aim=f"p99 {milliseconds(AIM_KEY_SECONDS)} at most",
            within=worst <= AIM_KEY_SECONDS,
        ),
    ]


async def _long_run(client: Client) -> RowKey:
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[LongRun],
        activities=[pick],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_concurrent_activities=AT_ONCE,
        build_id=BUILD_ID,
    ):
        handle = await client.start_workflow(LongRun.run, EVENTS, id="long-run", task_queue=QUEUE)
        described = await eventually(handle.describe, lambda run: run.history_length >= EVENTS, seconds=TIMEOUT_SECONDS)
        await asyncio.sleep(1)  # its last task
    return RowKey(handle.id, described.run_id)


async def _in_turn(ours: Callable[[], Awaitable[float]], bare: Callable[[], Awaitable[float]]) -> tuple[float, float]:
    """Return the median seconds of both; the first round does not count."""
    taken: list[tuple[float, float]] = []
    for round_ in range(1 + ROUNDS):
        if round_ % 2:
            taken.append((await ours(), await bare()))
        else:
            page = await bare()
            taken.append((await ours(), page))
    return median(one for one, _ in taken[1:]), median(one for _, one in taken[1:])


async def _open(console: Console, key: RowKey, whole: list[float], scrolled: list[float]) -> float:
    """Open the history, and return the seconds until its first lines are drawn; then wait for all, and scroll."""
    systems = [pane.system for pane in console.app.panes.values()]
    started = time.perf_counter()
    screen = HistoryScreen(console.app.gateway, console.app.settings, key, systems)
    console.app.push_screen(screen)
    await eventually(lambda: screen.panel.line_count, interval=0)
    await _drawn(screen)
    first = time.perf_counter() - started
    await console.until(
        lambda: len(screen.history.events) >= EVENTS and screen.panel.line_count > EVENTS // ACTIVITY_EVENTS
    )
    whole.append(time.perf_counter() - started)
    await console.press("e")
    for number in range(KEYS // ROUNDS + 1):
        struck = time.perf_counter()
        screen.panel.action_move_page(1) if number % 2 else screen.panel.action_move(1)
        await _drawn(screen)
        scrolled.append(time.perf_counter() - struck)
    await console.press("escape")
    return first


async def _drawn(screen: HistoryScreen) -> None:
    done = asyncio.Event()
    screen.panel.call_after_refresh(done.set)
    await done.wait()


async def _page(client: Client, key: RowKey) -> float:
    request = GetWorkflowExecutionHistoryRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=key.workflow_id, run_id=key.run_id)
    )
    started = time.perf_counter()
    await client.workflow_service.get_workflow_execution_history(request)
    return time.perf_counter() - started
