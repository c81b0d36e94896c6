"""Campaigns to two users: no cap is exceeded, and no message goes out twice."""

from collections import Counter
from collections.abc import Sequence

from typing_extensions import override

from tests.integrity.subject import Step, Subject
from tests.support.campaigns import World, campaign, send
from workflows.campaigns.campaign_state import CampaignState
from workflows.campaigns.client import (
    ACTOR_WORKFLOW_TYPE,
    CAMPAIGN_WORKFLOW_TYPE,
    actor_workflow_id,
    campaign_workflow_id,
)
from workflows.campaigns.models import ChannelConsent, Decision, SetPreferences, StartUserActor

LIMIT = 2
"""Of the sample policy, on each channel in a rolling day."""


class Campaigns(Subject):
    """Three campaigns, and another sender, to two users."""

    steps = 6

    def __init__(self, world: World) -> None:
        super().__init__(world.client, world.store)
        self._world = world
        self._users = world.add_users(2)
        requests = [campaign(self._users) for _ in range(3)]
        self._requests = {campaign_workflow_id(request.campaign_id): request for request in requests}
        self._actors = {actor_workflow_id(user_id): user_id for user_id in self._users}
        self._granted: dict[str, str] = {}
        """The users of the sends that were granted to the other sender."""
        self._opted_out: set[str] = set()

    @property
    @override
    def workflow_ids(self) -> Sequence[str]:
        return [*self._actors, *self._requests]

    @property
    @override
    def item_ids(self) -> Sequence[str]:
        return list(self._requests)

    @override
    async def start(self, workflow_id: str) -> None:
        user_id = self._actors.get(workflow_id)
        type_ = ACTOR_WORKFLOW_TYPE if user_id else CAMPAIGN_WORKFLOW_TYPE
        start = StartUserActor(user_id=user_id) if user_id else self._requests[workflow_id]
        await self.client.start_workflow(type_, start, id=workflow_id, task_queue=self._world.task_queue)

    @override
    async def step(self, number: int) -> None:
        first, second = self._users
        steps: list[Step] = [
            *(lambda id_=id_: self._start(id_) for id_ in self._requests),
            lambda: self._reserve(first),
            lambda: self._reserve(second),
            lambda: self._opt_out(first),
        ]
        await steps[number]()

    async def _reserve(self, user_id: str) -> None:
        wanted = send()
        decision = await self._world.actors.reserve_send(StartUserActor(user_id=user_id), wanted)
        if decision.decision is Decision.GRANTED:
            assert user_id not in self._opted_out, "a consent came back"
            self._granted[wanted.send_id] = user_id

    async def _opt_out(self, user_id: str) -> None:
        preferences = SetPreferences(channels=ChannelConsent(email=False), by="ana")
        await self._world.actors.set_preferences(user_id, preferences)
        self._opted_out.add(user_id)

    @override
    async def settle(self) -> None:
        """Nothing: what was answered is in the store."""

    @override
    async def end(self) -> None:
        """Nothing: a campaign ends by itself."""

    @override
    async def check(self) -> None:
        sent = [row.user_id for row in self._world.sent.values()]
        counted = Counter([*sent, *self._granted.values()])
        assert max(counted.values(), default=0) <= LIMIT, f"a cap was exceeded: {counted}"
        states = [CampaignState.model_validate(self.outcomes[each].state) for each in self.item_ids]
        assert sum(state.tally.sent for state in states) == len(sent), "campaigns tell of other messages than went out"
