"""Whether workers poll the task queues already, so that we need not start any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from temporalio.client import Client

from workflows.runtime.pollers import live_pollers


@dataclass(frozen=True)
class Pollers:
    """Which task queues have live workers."""

    live: Mapping[str, bool]

    @property
    def everywhere(self) -> bool:
        """Whether every task queue has one."""
        return all(self.live.values())

    def line(self) -> str:
        """Return it for people."""
        missing = [queue for queue, live in self.live.items() if not live]
        if not missing:
            return "workers run elsewhere"
        return "no workers" if len(missing) == len(self.live) else f"no worker for {', '.join(missing)}"


async def look_for_pollers(client: Client, task_queues: Sequence[str]) -> Pollers:
    """Ask the server who polls. Where we may not ask, nobody is taken to.

    Raises:
        RPCError: the server cannot be reached.
    """
    return Pollers({queue: bool(await live_pollers(client, queue)) for queue in task_queues})
