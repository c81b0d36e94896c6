"""Writes into the store what an actor was told and no campaign records: settings, reported sends, grants to others.

What a sender hears as granted, or as set, is in the store before.
"""

import asyncio
from collections.abc import Callable

from temporalio import workflow

from workflows.campaigns.activities import CampaignActivities
from workflows.campaigns.actor_state import ActorState
from workflows.campaigns.steps import STORE_STEP
from workflows.shared.resets import ResetWatch


class ActorRecords:
    """Saves in the background, in order; what a run did not get to is the next run's."""

    def __init__(self, state: Callable[[], ActorState], resets: ResetWatch) -> None:
        self._state = state
        self._resets = resets
        self._saving: asyncio.Task[None] | None = None

    def put(self) -> None:
        """Save what the state lists as unsaved; returns at once."""
        if self._state().unsaved and (self._saving is None or self._saving.done()):
            self._saving = asyncio.create_task(self._save())

    async def _save(self) -> None:
        state = self._state()
        while state.unsaved:
            await workflow.wait_condition(lambda: not self._resets.pending)
            changes, count = state.changes(state.unsaved), len(state.unsaved)
            answer = await workflow.execute_activity_method(CampaignActivities.save_changes, changes, **STORE_STEP)
            if changes.fence != state.fence:
                continue  # the store was read meanwhile
            if answer.fence is None:
                self._resets.doubt()
            else:
                state.saved(changes, answer.fence, count)
