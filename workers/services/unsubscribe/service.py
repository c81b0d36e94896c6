"""Serves the links, and tells users' actors of the opt-outs that came by them."""

import asyncio
import logging
from contextlib import suppress

from temporalio.client import Client

from workers.services.unsubscribe.links import Subscription, UnsubscribeLinks
from workers.services.unsubscribe.listener import listening
from workers.settings.listen import ListenAddress
from workers.store.engine import Store
from workers.store.opt_outs import OptOut, mark_told, save_opt_out, untold
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.models import UNKNOWN_USER, ChannelConsent, SetPreferences
from workflows.runtime.backoff import Backoff
from workflows.shared.errors import RefusedError
from workflows.shared.identity.acting import acting_for

log = logging.getLogger(__name__)

BY = "unsubscribe link"
"""Who sets the preference."""
LISTEN_AGAIN_SECONDS = 5.0
LOOK_SECONDS = 60.0
"""How often to look for opt-outs that another process left."""


class UnsubscribeService:
    """The listener, and the opt-outs that users' actors have not heard of.

    An opt-out is in the store before its sender hears that it is taken, and holds from then on; the actor is told as
    soon as the Temporal server answers.
    """

    def __init__(self, store: Store, links: UnsubscribeLinks, listen: ListenAddress | None) -> None:
        self._store = store
        self._listen = listen
        self._wake = asyncio.Event()
        self.links = links

    async def save(self, subscription: Subscription) -> None:
        """Keep an opt-out. Idempotent."""
        await self._store.write(save_opt_out, subscription.user_id, subscription.channel)
        self._wake.set()

    async def run(self, client: Client, *, task_queue: str | None = None) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_actors(UserActorsClient(client, task_queue=task_queue)))
            if self._listen is not None:
                group.create_task(self._answer(self._listen))

    async def _answer(self, listen: ListenAddress) -> None:
        """Answer links; wait while another process has the address, such as other workers of this machine."""
        waits = False
        while True:
            try:
                async with listening(self.links, self.save, listen.host, listen.port) as port:
                    log.info("unsubscribe links are answered on %s:%d", listen.host, port)
                    await asyncio.Event().wait()
            except OSError as error:
                if not waits:
                    log.warning("unsubscribe links are not answered by this process: %s", error)
                waits = True
                await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    async def _tell_actors(self, actors: UserActorsClient) -> None:
        backoff = Backoff()
        while True:
            self._wake.clear()
            if error := await self._tell_waiting(actors):
                pause = backoff.pause(0.0)
                log.warning("an actor could not be told of an opt-out, again in %.1f s: %s", pause, error)
                await asyncio.sleep(pause)
                continue
            backoff = Backoff()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()

    async def _tell_waiting(self, actors: UserActorsClient) -> Exception | None:
        """Tell those who have not heard, and return why one was not told: an actor that fails holds up no other."""
        failed: Exception | None = None
        try:
            for opt_out in await self._store.read(untold):
                try:
                    await _tell(actors, opt_out)
                except Exception as error:  # noqa: BLE001 - the opt-out is in the store, and holds
                    failed = error
                else:
                    await self._store.write(mark_told, opt_out)
        except Exception as error:  # noqa: BLE001 - the store is away
            return error
        return failed


async def _tell(actors: UserActorsClient, opt_out: OptOut) -> None:
    change = SetPreferences(channels=ChannelConsent(**{opt_out.channel.value: False}), by=BY)
    try:
        with acting_for(BY, "customer", "signed link"):
            await actors.set_preferences(opt_out.user_id, change, update_id=opt_out.update_id)
    except RefusedError as error:
        if error.kind != UNKNOWN_USER:  # who is not in the directory gets nothing
            raise
