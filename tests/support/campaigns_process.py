"""A campaigns worker as a process, so that a test can kill it: ``python -m tests.support.campaigns_process``.

Arguments: the server's address, the task queue, and a folder in which each message that goes out becomes a file.
"""

import asyncio
import random
import sys
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.support.campaigns import World
from workflows.campaigns.models import Preferences
from workflows.campaigns.ports import CampaignPorts, Message, User


class Everyone:
    """A directory that knows everyone."""

    async def user(self, user_id: str) -> User:
        """Return the user."""
        return User(user_id, f"{user_id}@example.com", "", "UTC", Preferences())

    async def segment_size(self, segment: str) -> None:
        """Know no segments."""

    async def segment_page(self, segment: str, *, after: str | None, limit: int) -> list[str]:
        """Know no segments."""
        raise NotImplementedError


class FileProvider:
    """Sends by writing a file, once for each ``send_id``; sometimes fails before, sometimes after."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: Message) -> None:
        """Send."""
        await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - not a secret
        self._fail_sometimes()
        (self._folder / message.send_id).touch()
        self._fail_sometimes()

    def _fail_sometimes(self) -> None:
        if random.random() < 0.05:  # noqa: S311 - not a secret
            raise ConnectionError("the provider hung up")


async def main(address: str, task_queue: str, folder: Path) -> None:
    """Run until killed."""
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    world = World(client, task_queue, ports=CampaignPorts(Everyone(), FileProvider(folder)))
    await world.worker().run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
