"""A reset is known to a workflow before the messages that the reset reapplies."""

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Replayer, Worker

with workflow.unsafe.imports_passed_through():
    from tests.support.eventually import eventually
    from tests.support.resets import ALL, NOTHING, reset, reset_points
    from tests.support.temporal import BUILD_ID, fresh
    from workers.guards import GuardingRunner
    from workflows.shared.resets import ResetWatch


@workflow.defn
class Listens:
    """Notes of each message whether it knows of a reset; the third one ends it."""

    @workflow.init
    def __init__(self) -> None:
        self._resets = ResetWatch()
        self._heard: list[str] = []

    @workflow.run
    async def run(self) -> list[str]:
        """Wait for messages."""
        await workflow.wait_condition(lambda: len(self._heard) >= 3)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._heard

    @workflow.signal
    def tell(self) -> None:
        """Take a signal."""
        self._note("signal")

    @workflow.update
    def ask(self) -> None:
        """Take an update."""
        self._note("update")

    @workflow.query
    def heard(self) -> list[str]:
        """Return what it heard."""
        return self._heard

    def _note(self, what: str) -> None:
        self._heard.append(f"{what} after a reset" if self._resets.pending else what)


async def test_reapplied_messages_find_that_there_was_a_reset(client: Client) -> None:
    queue = fresh("listens")
    async with Worker(
        client, task_queue=queue, workflows=[Listens], workflow_runner=GuardingRunner(), build_id=BUILD_ID
    ):
        handle = await client.start_workflow(Listens.run, id=fresh("listens"), task_queue=queue)
        await eventually(lambda: handle.query(Listens.heard), lambda heard: heard == [])
        await handle.signal(Listens.tell)
        await handle.execute_update(Listens.ask)
        points = await reset_points(client, handle.id)
        await reset(client, handle.id, points[1], reapply=ALL)
        latest = client.get_workflow_handle(handle.id)
        expected = ["signal after a reset", "update after a reset"]
        await eventually(lambda: latest.query(Listens.heard), lambda heard: heard == expected)
        await reset(client, handle.id, (await reset_points(client, handle.id))[-1], reapply=NOTHING)
        latest = client.get_workflow_handle(handle.id)
        await latest.signal(Listens.tell)
        assert (await latest.result())[:2] == expected
        history = await latest.fetch_history()
    replayer = Replayer(workflows=[Listens], workflow_runner=GuardingRunner(), build_id=BUILD_ID)
    await replayer.replay_workflow(history)
