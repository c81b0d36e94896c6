"""Which campaign goes first when there are more batches than the worker takes."""

import pytest
from temporalio.api.enums.v1 import PendingActivityState, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from tests.support.campaigns import World, campaign
from tests.support.eventually import eventually
from workflows.campaigns.client import campaign_workflow_id
from workflows.campaigns.models import CampaignRequest
from workflows.campaigns.pace import task_priority


@pytest.fixture
def world(client: Client) -> World:
    """Give a world that is as busy with one batch as others with many."""
    return World(client, batches_at_once=1)


async def test_a_higher_priority_goes_first(world: World) -> None:
    """With one batch at a time, what waits in the queue is handed out by priority; last come would be last served."""
    blocker, high = (campaign(world.add_users(1), priority=priority) for priority in (5, 10))
    low = [campaign(world.add_users(1), priority=0) for _ in range(4)]
    world.faults.hold("send")
    async with world.worker():
        await world.campaigns.begin(blocker)
        await eventually(lambda: world.faults.calls["send"])
        for request in low:
            await world.campaigns.begin(request)
        await eventually(lambda: backlog_holds(world, {1: 4}))  # each asks the store for its audience first
        await world.campaigns.begin(high)
        await eventually(lambda: backlog_holds(world, {1: 5}))
        world.faults.let_go("send")
        world.faults.hold("send")  # only the blocker goes on, and one more batch may be taken
        await eventually(lambda: is_taken_or_next(world, high))
        world.faults.let_go("send")
        for request in (high, *low):
            await world.ended(request.campaign_id)
    order = [message.campaign_id for message in world.sent.values()]
    # A batch may be handed out between the answer to the last campaign's first question and its own first batch.
    assert order[0] == blocker.campaign_id
    assert high.campaign_id in order[1:3]


@pytest.mark.parametrize(("priority", "level"), [(0, 5), (1, 4), (4, 4), (5, 3), (6, 2), (9, 2), (10, 1), (100, 1)])
def test_the_levels(priority: int, level: int) -> None:
    assert task_priority(campaign(["U"], priority=priority)).priority_key == level


async def is_taken_or_next(world: World, request: CampaignRequest) -> bool:
    """Return whether the batch of a campaign of the highest priority is under way, or in the queue."""
    handle = world.client.get_workflow_handle(campaign_workflow_id(request.campaign_id))
    pending = (await handle.describe()).raw_description.pending_activities
    batches = [activity for activity in pending if activity.activity_type.name == "send_batch"]
    taken = any(batch.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED for batch in batches)
    return taken or (bool(batches) and await backlog_holds(world, {1: 1}))


async def backlog_holds(world: World, wanted: dict[int, int]) -> bool:
    """Return whether so many activities of each of Temporal's priorities are in the queue."""
    request = DescribeTaskQueueRequest(
        namespace="default",
        task_queue=TaskQueue(name=world.task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        report_stats=True,
    )
    stats = (await world.client.workflow_service.describe_task_queue(request)).stats_by_priority_key
    return all(stats[key].approximate_backlog_count >= count for key, count in wanted.items())
