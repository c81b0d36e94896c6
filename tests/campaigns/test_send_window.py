"""A campaign that may send on some weekdays, at some hours, by the clock of each user."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from tests.support.campaigns import World, campaign, send
from tests.support.temporal import fresh
from workflows.campaigns.models import WEEKDAYS, CampaignRequest, Decision, SendWindow, StartUserActor

KIRITIMATI, PAGO_PAGO = "Pacific/Kiritimati", "Pacific/Pago_Pago"
"""There it is a day later than here: 25 hours lie between them."""


def today_in(zone: str) -> SendWindow:
    """Return a window of the weekday that it is somewhere."""
    return SendWindow(weekdays=[WEEKDAYS[datetime.now(ZoneInfo(zone)).weekday()]])


def user_in(world: World, zone: str) -> str:
    """Return a new user who lives there."""
    user_id = fresh("U")
    world.add(user_id, zone=zone)
    return user_id


@pytest.mark.parametrize(("when_capped", "deferred", "capped"), [(None, 1, 0), ("defer", 1, 0), ("drop", 0, 1)])
async def test_who_is_outside_waits_or_is_left_out(
    world: World, when_capped: str | None, deferred: int, capped: int
) -> None:
    users = [user_in(world, KIRITIMATI), user_in(world, PAGO_PAGO)]
    named: dict[str, Any] = {} if when_capped is None else {"when_capped": when_capped}
    plain = campaign(users).model_dump(exclude={"when_capped"})
    request = CampaignRequest(**{**plain, "send_window": today_in(KIRITIMATI), **named})
    await world.campaigns.begin(request)
    progress = await world.progress_when(request.campaign_id, lambda each: not each.pending and each.sent == 1)
    assert (progress.deferred, progress.capped) == (deferred, capped)
    [reason] = progress.reasons
    assert reason.reason == "send window"
    if deferred:
        # That weekday begins there within the day: it is the day before.
        assert reason.next_at is not None
        assert timedelta() < reason.next_at - datetime.now(UTC) <= timedelta(days=1, hours=1)


async def test_who_waits_for_a_window_expires_with_the_campaign(world: World) -> None:
    user_id = user_in(world, PAGO_PAGO)
    expires = datetime.now(UTC) + timedelta(seconds=2)
    progress = await world.run(
        campaign([user_id], send_window=today_in(KIRITIMATI), when_capped="defer", expires_at=expires)
    )
    assert (progress.expired, progress.sent) == (1, 0)


async def test_a_transactional_message_keeps_to_its_own_window(world: World) -> None:
    user_id = user_in(world, PAGO_PAGO)
    start = StartUserActor(user_id=user_id)
    await world.actors.reserve_send(start, send())
    outside = await world.actors.reserve_send(start, send(send_window=today_in(KIRITIMATI), transactional=True))
    assert (outside.decision, outside.rule) == (Decision.DENIED, "send window")
    inside = await world.actors.reserve_send(start, send(send_window=today_in(PAGO_PAGO), transactional=True))
    assert inside.decision is Decision.GRANTED


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ({"weekdays": []}, "at least 1 item"),
        ({"weekdays": ["someday"]}, "'monday', 'tuesday'"),
        ({"start": "09:00", "end": "09:00"}, "from 09:00 until 09:00 is empty; leave both out for the whole day"),
        ({"end": "00:00"}, "is empty"),
        ({"start": "25:00"}, "should match pattern"),
    ],
)
def test_a_window_that_is_none_is_refused(window: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SendWindow(**window)
