"""Reads the UTC offsets that an actor decides with: a day or a quiet hour has none until they are known."""

import asyncio
from collections.abc import Callable, Iterable

from temporalio import workflow

from workflows.campaigns.activities import CampaignActivities
from workflows.campaigns.actor_state import ActorState
from workflows.campaigns.steps import STORE_STEP
from workflows.campaigns.zones import ReadZones


class ActorZones:
    """One reading at a time. The actor's first offsets come with what the store knows of the user."""

    def __init__(self, state: Callable[[], ActorState]) -> None:
        self._state = state
        self._reading: asyncio.Task[None] | None = None

    def renew_if_old(self) -> None:
        """Read them anew in the background; returns at once."""
        if self._idle() and self._state().zones_are_old(workflow.now()):
            self._reading = asyncio.create_task(self._read(()))

    async def read(self, zones: Iterable[str]) -> None:
        """Read them anew, and those of these zones."""
        await workflow.wait_condition(self._idle)
        self._reading = asyncio.create_task(self._read(zones))
        await self._reading

    def _idle(self) -> bool:
        return self._reading is None or self._reading.done()

    async def _read(self, zones: Iterable[str]) -> None:
        state = self._state()
        step = ReadZones(zones=sorted({*zones, *state.known_zones}), at=workflow.now())
        state.know(await workflow.execute_activity_method(CampaignActivities.read_zones, step, **STORE_STEP))
