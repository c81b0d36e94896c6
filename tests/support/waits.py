"""A workflow of one activity that waits until a test lets it go on."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow


@workflow.defn
class Waits:
    """Runs one activity."""

    @workflow.run
    async def run(self) -> str:
        """Wait for the activity."""
        answer: str = await workflow.execute_activity(
            "wait", result_type=str, start_to_close_timeout=timedelta(minutes=1)
        )
        return answer


class Gate:
    """The activity."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    @activity.defn
    async def wait(self) -> str:
        """Wait."""
        await self.open.wait()
        return "done"
