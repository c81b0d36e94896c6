"""The campaigns tab on a real server with the real workflows."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from temporalio.client import Client
from textual.widgets import Button, Input, OptionList

from console.dialogs.confirm import ConfirmDialog
from console.systems.campaigns.plots import PlotsScreen
from console.systems.campaigns.users import UsersScreen
from tests.support.campaigns import World, campaign
from tests.support.console_app import Console, running_console
from tests.support.forms import add_item, control, field, fill, problem
from tests.support.snapshot import screen_text
from tests.support.temporal import fresh, new_namespace
from workflows.campaigns.client import TASK_QUEUE, campaign_workflow_id
from workflows.campaigns.models import CampaignStatus, InlineAudience, SetRate


@pytest.fixture(scope="module")
async def world(client: Client) -> AsyncIterator[World]:
    """Give a namespace of this module's own, with a worker on the real task queue: the console lists all there is."""
    world = World(await new_namespace(client), task_queue=TASK_QUEUE)
    async with world.worker():
        yield world


async def held_back(world: World, users: list[str], **changes: object) -> str:
    """Start a campaign that sends so slowly that it goes on for the whole test."""
    request = campaign(users, max_sends_per_second=0.5, **changes)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent > 0)
    return request.campaign_id


async def done(world: World, users: list[str], **changes: object) -> str:
    """Run a campaign to its end."""
    request = campaign(users, **changes)
    await world.run(request)
    return request.campaign_id


async def test_pause_and_resume_share_a_key(world: World) -> None:
    campaign_id = await held_back(world, world.add_users(50))
    async with running_console(world.client, tab="3") as console:
        await console.focus(campaign_workflow_id(campaign_id), "◐ RUNNING")
        await console.until(lambda: "z  Pause" in console.details)
        await console.press("z")
        await console.until(lambda: "‖ PAUSED" in console.details)
        await console.told(f"✔ pause campaign {campaign_id}: accepted, paused, ")
        assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.PAUSED
        await console.press("z")
        await console.until(lambda: "◐ RUNNING" in console.details)
    assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.RUNNING


async def test_a_pause_is_taken_back_from_the_journal(world: World) -> None:
    campaign_id = await held_back(world, world.add_users(50))
    async with running_console(world.client, tab="3") as console:
        await console.focus(campaign_workflow_id(campaign_id), "◐ RUNNING")
        await console.until(lambda: "z  Pause" in console.details)
        await console.press("z")
        await console.told("accepted, paused")
        await console.told(" · applied, event ")
        await console.told(" · J and u: resume campaign")
        await console.press("J")
        await console.shows("Resume campaign")
        await console.press("u")
        await console.shows("✔ " + campaign_id)
        await console.shows("Pause campaign  ")  # the resuming is the latest entry now
        await console.press("escape")
    assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.RUNNING


async def test_somebody_has_looked_at_refused_signals(world: World) -> None:
    campaign_id = await held_back(world, world.add_users(50))
    id_ = campaign_workflow_id(campaign_id)
    async with running_console(world.client, tab="3") as console:
        await console.focus(id_, "◐ RUNNING")
        assert not any("Acknowledge" in word for word in console.footer)
        await world.client.get_workflow_handle(id_).signal("no_such_signal", {})
        await console.open("l", id_, "l  Acknowledge refused signals")
        await console.send("meant for another")
        await console.until(lambda: "refused signals: meant for another" in " ".join(console.details.split()))
        await console.until(lambda: "l  Acknowledge" not in console.details)


async def test_cancelling_asks_first_with_the_safe_button_in_focus(world: World) -> None:
    campaign_id = await held_back(world, world.add_users(50))
    async with running_console(world.client, tab="3") as console:
        await console.open("c", campaign_workflow_id(campaign_id), "c  Cancel")
        assert f"{campaign_id} · Spring sale" in console.text(".dialog--target")
        assert "for good" in console.text(".dialog--effect")
        await console.press("enter")
        await console.closed()
        assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.RUNNING
        await console.open("c")
        await world.campaigns.set_rate(campaign_id, SetRate(by="emeka", max_sends_per_second=0.25))
        await console.send(refused="at most 0.25 a second")
        assert "emeka" in console.answer
        await console.send()
        await console.until(lambda: "✖ CANCELLED" in console.details)
        await console.refused("c", "not possible")
    assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.CANCELLED


async def test_the_form_proposes_whom_there_is_and_says_whom_it_would_reach(world: World) -> None:
    [user_id], wrong = world.add_users(1, segment="aaa"), fresh("nobody")
    async with running_console(world.client, tab="3", size=(80, 24)) as console:
        await console.open("n")
        await console.until(lambda: field(console.pilot, "audience.user_ids").hint().startswith("there are "))
        await fill(console.pilot, {"audience": 1})
        segment = control(console.pilot, "audience.name")
        assert field(console.pilot, "audience.name").hint().startswith("↓ aaa")
        segment.focus()
        await console.press("down")
        assert isinstance(segment, Input)
        assert segment.value == "aaa"
        await fill(console.pilot, {"audience": 0})
        await fill(console.pilot, {"name": "By hand", "channel": 1, "template.body": "Hello"})
        await fill(console.pilot, {"audience.user_ids": f"{user_id}, {wrong}"})
        said = f"sends to 1 user; 1 of 2 users is not known ({wrong})"
        await console.until(lambda: said in " ".join(console.text(".dialog--effect").split()))
        screen = console.app.screen
        await console.until(lambda: screen.region.contains_region(screen.query_one("#accept").region))
        await console.send({"audience.user_ids": wrong}, refused=f"there is no user {wrong}")
        assert f"there is no user {wrong}" in str(problem(console.pilot, "audience.user_ids"))
        right = {"audience.user_ids": user_id, "template.body": "Hello {{ first_nam }}"}
        await console.send(right, refused="did you mean first_name?")
        assert problem(console.pilot, "template.body") == "first_nam is no field; did you mean first_name?"


async def test_a_new_campaign_is_started_from_the_form(world: World) -> None:
    users, campaign_id = world.add_users(2), fresh("CMP")
    async with running_console(world.client, tab="3") as console:
        await console.open("n")
        await console.send(
            {"campaign_id": campaign_id, "name": "By hand", "channel": 1, "template.body": "Hello"},
            refused="see the marked fields",
        )
        await console.send({"audience.user_ids": ", ".join(users)})
        await console.until(lambda: console.row.business_id == campaign_id)
    progress = await world.ended(campaign_id)
    assert progress.request.audience == InlineAudience(user_ids=users)


def user_text(console: Console) -> str:
    return console.text("#user Static")


async def test_a_user_s_caps_are_shown_and_preferences_changed(world: World) -> None:
    users = world.add_users(3)
    await done(world, users)
    campaign_id = await done(world, users)
    async with running_console(world.client, tab="3") as console:
        await console.focus(campaign_workflow_id(campaign_id), "✔ DONE")
        await console.press("u")
        await console.until(lambda: isinstance(console.app.screen, UsersScreen))
        options = console.app.screen.query_one(OptionList)
        await console.until(lambda: options.option_count == len(users))
        options.highlighted = options.get_option_index(users[1])
        await console.until(lambda: users[1] in user_text(console))
        assert "2 of 2" in user_text(console)
        assert "full, next at" in user_text(console)
        assert "email  not now: 2 a day on email, until" in user_text(console)
        assert "✔ email" in user_text(console)
        await console.open("p")
        await fill(console.pilot, {"channels.email": False, "quiet_hours": True})
        await console.send(
            {"quiet_hours.start": "22:00", "quiet_hours.end": "22:00", "quiet_hours.timezone": "Mars"},
            refused="see the marked fields",
        )
        await console.send({"quiet_hours.end": "07:00", "quiet_hours.timezone": "Europe/Paris"})
        await console.until(lambda: "✖ email  unsubscribed  by chen" in user_text(console))
        assert "quiet from 22:00 until 07:00, Europe/Paris" in user_text(console)
        await console.press("escape")
        await console.until(lambda: not isinstance(console.app.screen, UsersScreen))
    state = await world.actors.get_user_state(users[1])
    assert not state.preferences.channels.email
    assert state.timeline


async def test_any_user_can_be_looked_up(world: World) -> None:
    campaign_id = await done(world, world.add_users(1))
    async with running_console(world.client, tab="3", size=(80, 24)) as console:
        await console.focus(campaign_workflow_id(campaign_id), "✔ DONE")
        await console.press("u", "slash")
        await console.until(lambda: isinstance(console.app.focused, Input))
        await console.press(*"NOBODY", "enter")
        await console.until(lambda: "there is no user NOBODY" in user_text(console))
        await console.press("p")
        await console.shows("NOBODY has not answered yet")


async def test_a_user_whom_nobody_has_written_to_is_read_from_the_store_and_changed(world: World) -> None:
    campaign_id, [stranger] = await done(world, world.add_users(1)), world.add_users(1)
    world.add(stranger, sms=False)
    async with running_console(world.client, tab="3", size=(80, 24)) as console:
        await console.focus(campaign_workflow_id(campaign_id), "✔ DONE")
        await console.press("u", "slash")
        await console.until(lambda: isinstance(console.app.focused, Input))
        console.app.screen.query_one("#users-open", Input).value = stranger
        await console.press("enter")
        await console.until(lambda: "this is what the store knows" in " ".join(user_text(console).split()))
        await console.open("p")
        await fill(console.pilot, {"channels.sms": True})
        said = "turns SMS on, which was unsubscribed (the list of users)"
        await console.until(lambda: said in " ".join(console.text(".dialog--effect").split()))
        await console.press("ctrl+s")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        await console.press("enter")
        await console.until(lambda: "nothing was sent" in console.answer)
        await console.press("ctrl+s")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        await console.press("right", "enter")
        await console.closed()
        await console.until(lambda: "✔ sms    subscribed  by chen" in user_text(console))
    assert (await world.actors.get_user_state(stranger)).preferences.channels.sms


async def test_caps_are_changed_by_a_form_that_says_what_they_would_have_refused(world: World) -> None:
    [user] = world.add_users(1)
    await done(world, [user])
    campaign_id = await done(world, [user])
    async with running_console(world.client, tab="3") as console:
        await console.focus(campaign_workflow_id(campaign_id), "✔ DONE")
        await console.press("u")
        await console.until(lambda: "2 of 2" in user_text(console))
        await console.open("c")
        for _ in range(3):
            console.app.screen.query(".form--remove").first(Button).press()
            await console.pilot.pause()
        await fill(console.pilot, {"policy.rules.0.name": "1 a day", "policy.rules.0.limit": "1"})
        await fill(console.pilot, {"policy.rules.0.window.rolling_seconds": "1 day"})
        said = "of 2 sends in the last 30 days 1 would have been refused: 1 a day 1"
        await console.until(lambda: said in " ".join(console.text(".dialog--effect").split()))
        await add_item(console.pilot)
        await fill(console.pilot, {"policy.rules.1.name": "1 a day", "policy.rules.1.limit": "3"})
        await fill(console.pilot, {"policy.rules.1.window": 1, "policy.rules.1.window.timezone": "Mars"})
        await console.send(refused="see the marked fields")
        await fill(console.pilot, {"policy.rules.1.name": "3 in it", "policy.rules.1.window.calendar": 1})
        await console.send(refused="Mars")
        await fill(console.pilot, {"policy.rules.1.window.timezone": "Europe/Paris"})
        await console.press("ctrl+s")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        assert said in " ".join(console.text(".dialog--effect").split())
        await console.press("right", "enter")
        await console.until(lambda: "2 of 1  full" in user_text(console))
        await console.shows("2 caps saved")
    state = await world.actors.get_user_state(user)
    assert [(rule.name, rule.limit) for rule in state.policy.rules] == [("1 a day", 1), ("3 in it", 3)]


def bars_are_drawn(console: Console, *, wanted: bool) -> bool:
    return ("█" in screen_text(console.app)) is wanted


async def test_charts_show_sends_and_caps_and_figures_alone_without_unicode(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = await done(world, world.add_users(3))
    for locale, drawn in (("C.UTF-8", True), ("C", False)):
        monkeypatch.setenv("LC_ALL", locale)
        async with running_console(world.client, tab="3", size=(80, 24)) as console:
            await console.focus(campaign_workflow_id(campaign_id), "✔ DONE")
            await console.press("g")
            await console.shows("3 sends since")
            await console.until(partial(bars_are_drawn, console, wanted=drawn))
            await console.press("right")
            await console.shows("Cap usage · 2 a day on email, limit 2")
            await console.shows("0 of 2")
            await console.press("left")
            await console.shows("3 sends since")
            await console.press("escape")
            await console.until(lambda: not isinstance(console.app.screen, PlotsScreen))


async def test_a_bounce_that_a_provider_told_of_is_reported(world: World) -> None:
    [user_id] = world.add_users(1)
    campaign_id = await done(world, [user_id])
    async with running_console(world.client, tab="3", size=(80, 24)) as console:
        await console.focus(campaign_workflow_id(campaign_id), "✔ DONE")
        await console.press("u")
        await console.until(lambda: user_id in user_text(console))
        await console.open("b")
        await fill(console.pilot, {"channel": 0, "kind": 1})
        await console.until(lambda: "notes a soft bounce" in console.text(".dialog--effect"))
        await fill(console.pilot, {"kind": 0})
        await console.until(lambda: "suppresses the address" in console.text(".dialog--effect"))
        await console.press("ctrl+s")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        await console.press("right", "enter")
        await console.until(lambda: "▲ email  suppressed" in user_text(console))
        await console.shows(f"✔ {user_id}: suppressed on email: hard bounce")
    [suppression] = (await world.actors.get_user_state(user_id)).suppressions
    assert (suppression.reason, suppression.by) == ("hard bounce", "chen")
    progress = await world.run(campaign([user_id], transactional=True))
    assert progress.suppressed == 1
