"""What a campaign's workflow tells the store of its held messages, and asks at its end."""

import asyncio
from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.campaigns.activities import CampaignActivities
    from workflows.campaigns.campaign_state import CampaignState
    from workflows.campaigns.digests.steps import MAX_SETTLED, CampaignHold, SettleHeld
    from workflows.campaigns.models import CampaignRequest
    from workflows.campaigns.steps import STORE_STEP


class CampaignHolding:
    """Keeps the store told while the campaign runs. Of a campaign without digests it does nothing.

    Other campaigns' digests take messages of this one, so a pause of it must reach them: the store is told at once,
    beside the batches under way.
    """

    def __init__(self, request: CampaignRequest, state: Callable[[], CampaignState]) -> None:
        self._request = request
        self._state = state
        self._telling: asyncio.Task[None] | None = None

    @property
    def is_settled(self) -> bool:
        """Whether no held message of the campaign can go out any more."""
        return self._request.when_capped != "digest" or self._state().settled

    def tell(self) -> None:
        """Let the store know whether the campaign holds its messages back, unless it does."""
        if self._request.when_capped == "digest" and self._telling is None and self._is_untold():
            self._telling = asyncio.create_task(self._tell())

    def doubt(self) -> None:
        """After a reset nobody knows what the store was told."""
        self._state().told_back = None
        self.tell()

    @property
    def is_told(self) -> bool:
        """Whether the store knows."""
        return self._telling is None

    async def settle(self) -> None:
        """Withdraw what is held, and count what digests of others have taken already."""
        self.tell()
        await workflow.wait_condition(lambda: self.is_told)
        if self.is_settled:
            return
        users = self._state().backlog.users
        for start in range(0, len(users), MAX_SETTLED):
            chunk = users[start : start + MAX_SETTLED]
            step = SettleHeld(campaign_id=self._request.campaign_id, user_ids=chunk)
            settled = await workflow.execute_activity_method(CampaignActivities.settle_held, step, **STORE_STEP)
            self._state().settle(settled.users, workflow.now())
        self._state().settled = True

    async def _tell(self) -> None:
        try:
            while self._is_untold():
                back = self._state().holds_back
                hold = CampaignHold(campaign_id=self._request.campaign_id, held_back=back, at=workflow.now())
                await workflow.execute_activity_method(CampaignActivities.hold_back, hold, **STORE_STEP)
                self._state().told_back = back
        finally:
            self._telling = None

    def _is_untold(self) -> bool:
        return self._state().told_back is not self._state().holds_back
