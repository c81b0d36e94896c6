"""The campaigns tab on a real server with the real workflows."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from console.dialogs.confirm import ConfirmDialog
from console.systems.campaigns.users import UsersScreen
from tests.support.campaigns import World, campaign
from tests.support.console_app import (
    active,
    answer_line,
    closed,
    details,
    focus,
    focused,
    open_dialog,
    receipt,
    running_console,
    until,
)
from tests.support.forms import fill
from tests.support.temporal import dev_server, fresh
from workflows.campaigns.client import TASK_QUEUE, campaign_workflow_id
from workflows.campaigns.models import CampaignStatus, InlineAudience


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    """Give a server of this module's own, with a worker on the real task queue: the console lists all there is."""
    async with dev_server() as environment:
        world = World(environment.client, task_queue=TASK_QUEUE)
        async with world.worker():
            yield world


@pytest.fixture
def temporal(world: World) -> Client:
    """Give the module's client."""
    return world.client


async def held_back(world: World, users: list[str], **changes: object) -> str:
    """Start a campaign that sends so slowly that it goes on for the whole test."""
    request = campaign(users, max_sends_per_second=0.5, **changes)
    await world.campaigns.start(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent > 0)
    return request.campaign_id


async def done(world: World, users: list[str], **changes: object) -> str:
    """Run a campaign to its end."""
    request = campaign(users, **changes)
    await world.campaigns.start(request)
    await world.ended(request.campaign_id)
    return request.campaign_id


async def test_the_details_show_progress_counts_and_refusals(world: World, temporal: Client) -> None:
    users = world.add_users(4)
    for _ in range(2):
        await done(world, users)
    campaign_id = await done(world, users, name="Third [b]time[/b]")
    async with running_console(temporal, "chen", tab="3") as pilot:
        await focus(pilot, campaign_workflow_id(campaign_id), "What you can do")
        shown = details(pilot)
        row = next(row for row in active(pilot).table.shown_rows if row.business_id == campaign_id)
    assert row.note == "email · 100 %"
    for words in ("✔ DONE", "Third [b]time[/b]", "100 %   4 of 4", "sent 0", "capped 4", "2 a day on email 4"):
        assert words in shown


async def test_pause_and_resume_share_a_key(world: World, temporal: Client) -> None:
    campaign_id = await held_back(world, world.add_users(50))
    async with running_console(temporal, "chen", tab="3") as pilot:
        await focus(pilot, campaign_workflow_id(campaign_id), "◐ RUNNING")
        await until(pilot, lambda: "z  Pause" in details(pilot), "the action")
        await pilot.press("z")
        await until(pilot, lambda: "‖ PAUSED" in details(pilot), "the pause")
        assert receipt(pilot).startswith(f"✔ pause {campaign_id}: accepted, paused, ")
        assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.PAUSED
        await pilot.press("z")
        await until(pilot, lambda: "◐ RUNNING" in details(pilot), "the resumption")
    assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.RUNNING


async def test_cancelling_asks_first_with_the_safe_button_in_focus(world: World, temporal: Client) -> None:
    campaign_id = await held_back(world, world.add_users(50))
    async with running_console(temporal, "chen", tab="3") as pilot:
        await focus(pilot, campaign_workflow_id(campaign_id), "c  Cancel")
        dialog = await open_dialog(pilot, "c")
        assert isinstance(dialog, ConfirmDialog)
        assert f"{campaign_id} · Spring sale" in str(dialog.query_one(".dialog--target", Static).render())
        assert "for good" in str(dialog.query_one(".dialog--effect", Static).render())
        await pilot.press("enter")
        await closed(pilot)
        assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.RUNNING
        await open_dialog(pilot, "c")
        await pilot.press("right", "enter")
        await closed(pilot)
        await until(pilot, lambda: "✖ CANCELLED" in details(pilot), "the end")
        await pilot.press("c")
        await until(pilot, lambda: "not now" in receipt(pilot), "why not")
    assert (await world.campaigns.get_progress(campaign_id)).status is CampaignStatus.CANCELLED


async def test_a_new_campaign_is_started_from_the_form(world: World, temporal: Client) -> None:
    users, campaign_id = world.add_users(2), fresh("CMP")
    async with running_console(temporal, "chen", tab="3") as pilot:
        dialog = await open_dialog(pilot, "n")
        await fill(pilot, {"campaign_id": campaign_id, "name": "By hand", "channel": 1, "template.body": "Hello"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "see the marked fields" in answer_line(dialog), "the missing users")
        await fill(pilot, {"audience.user_ids": ", ".join(users)})
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: focused(pilot).business_id == campaign_id, "the cursor on it")
    progress = await world.ended(campaign_id)
    assert progress.request.audience == InlineAudience(user_ids=users)


def users_screen(pilot: Pilot[None]) -> UsersScreen:
    screen = pilot.app.screen
    assert isinstance(screen, UsersScreen)
    return screen


def user_text(pilot: Pilot[None]) -> str:
    return str(users_screen(pilot).query_one("#user Static", Static).render())


async def test_a_user_s_caps_are_shown_and_preferences_changed(world: World, temporal: Client) -> None:
    users = world.add_users(3)
    await done(world, users)
    campaign_id = await done(world, users)
    async with running_console(temporal, "chen", tab="3") as pilot:
        await focus(pilot, campaign_workflow_id(campaign_id), "✔ DONE")
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen), "the users")
        options = users_screen(pilot).query_one(OptionList)
        await until(pilot, lambda: options.option_count == len(users), "all users")
        options.highlighted = options.get_option_index(users[1])
        await until(pilot, lambda: users[1] in user_text(pilot), "the user")
        assert "2 of 2" in user_text(pilot)
        assert "next at" in user_text(pilot)
        assert "✔ email" in user_text(pilot)
        dialog = await open_dialog(pilot, "p")
        await fill(pilot, {"channels.email": False, "quiet_hours": True})
        await fill(pilot, {"quiet_hours.start": "22:00", "quiet_hours.end": "22:00", "quiet_hours.timezone": "Mars"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "see the marked fields" in answer_line(dialog), "the errors")
        await fill(pilot, {"quiet_hours.end": "07:00", "quiet_hours.timezone": "Europe/Paris"})
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "✖ email" in user_text(pilot), "the new preferences")
        assert "quiet from 22:00 until 07:00, Europe/Paris" in user_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, UsersScreen), "the way back")
    state = await world.actors.get_user_state(users[1])
    assert not state.preferences.channels.email
    assert state.timeline


async def test_any_user_can_be_looked_up(world: World, temporal: Client) -> None:
    campaign_id = await done(world, world.add_users(1))
    async with running_console(temporal, "chen", tab="3", size=(80, 24)) as pilot:
        await focus(pilot, campaign_workflow_id(campaign_id), "✔ DONE")
        await pilot.press("u", "slash")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the line for an ID")
        await pilot.press(*"NOBODY", "enter")
        await until(pilot, lambda: "Nobody has asked to write to this user yet" in user_text(pilot), "the answer")
        await open_dialog(pilot, "p")
        await pilot.press("ctrl+s")
        dialog = pilot.app.screen
        await until(pilot, lambda: "NOBODY" in answer_line(dialog), "the refusal")  # type: ignore[arg-type]
        await pilot.press("escape")
