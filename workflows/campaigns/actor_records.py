"""Writes into the store what an actor was told and no campaign records: settings, reported sends, grants to others."""

import asyncio
from collections.abc import Callable

from temporalio import workflow

from workflows.campaigns.activities import CampaignActivities
from workflows.campaigns.actor_state import ActorState
from workflows.campaigns.steps import STORE_STEP, UserChanges


class ActorRecords:
    """Saves in the background, in order; what a run did not get to is the next run's."""

    def __init__(self, state: Callable[[], ActorState]) -> None:
        self._state = state
        self._saving: asyncio.Task[None] | None = None

    def put(self) -> None:
        """Save what the state lists as unsaved; returns at once."""
        if self._state().unsaved and (self._saving is None or self._saving.done()):
            self._saving = asyncio.create_task(self._save())

    async def _save(self) -> None:
        state = self._state()
        while unsaved := list(state.unsaved):
            sends = [send for send in state.sends if send.send_id in unsaved]
            known = {send.send_id for send in sends}
            changes = UserChanges(
                user_id=state.user_id,
                settings=state.settings,
                sends=sends,
                released=[send_id for send_id in unsaved if send_id and send_id not in known],
            )
            await workflow.execute_activity_method(CampaignActivities.save_changes, changes, **STORE_STEP)
            state.unsaved = state.unsaved[len(unsaved) :]
