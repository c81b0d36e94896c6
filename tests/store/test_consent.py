"""Bounces, opt-outs by link and secrets, on both databases."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from tests.support.rows import rows
from workers.store.engine import Store
from workers.store.fences import pass_fence, read_fence
from workers.store.opt_outs import OptOut, mark_told, save_opt_out, untold
from workers.store.schema import users
from workers.store.secrets import own_secret
from workers.store.templates import SqlTemplates
from workers.store.types import utc_now
from workers.store.users import SqlUsers, upsert_users
from workflows.campaigns.bounces import Bounce, BounceKind, SoftBounceRule
from workflows.campaigns.models import Channel, Preferences
from workflows.campaigns.ports import User
from workflows.campaigns.steps import UserChanges, UserSettings

PAT, AGAIN = (User(user_id, f"{user_id[0]}at@Example.com", "", "UTC", Preferences()) for user_id in ("P1", "p2"))


def bounce(key: str, **changes: object) -> Bounce:
    fields = {"user_id": "P1", "channel": Channel.EMAIL, "kind": BounceKind.SOFT, "at": utc_now(), "by": "postmaster"}
    return Bounce.model_validate({"key": key, **fields, **changes})


async def test_reports_at_once_count_once_and_suppress_the_mailbox(store: Store) -> None:
    await store.write(upsert_users, [(PAT, []), (AGAIN, [])])
    fence = await store.read(read_fence, "p2")
    directory = SqlUsers(store, SoftBounceRule(limit=3, days=1))
    saved = await asyncio.gather(*(directory.save_bounce(bounce(f"S{number % 2}")) for number in range(10)))
    assert (sum(each.new for each in saved), any(each.suppressions for each in saved)) == (2, False)
    assert not (await directory.save_bounce(bounce("old", at=utc_now() - timedelta(days=2)))).suppressions
    [suppression] = (await directory.save_bounce(bounce("S3", detail="\0 full"))).suppressions
    assert (suppression.reason, suppression.detail) == ("soft bounces", "\ufffd full")
    known = await directory.users(["P1", "p2"])
    assert [len(known[user_id].suppressions) for user_id in ("P1", "p2")] == [1, 1]
    assert not await store.write(pass_fence, "p2", fence)


async def test_what_a_message_went_to_is_suppressed_and_can_be_given_back(store: Store) -> None:
    await store.write(upsert_users, [(PAT, [])])
    directory = SqlUsers(store)
    assert not (await directory.save_bounce(bounce("S", channel=Channel.SMS))).address
    assert not (await directory.save_bounce(bounce("S", user_id="nobody"))).address
    assert (await directory.save_bounce(bounce("S", kind=BounceKind.COMPLAINT))).suppressions
    limits = await directory.limits("P1")
    assert limits is not None
    assert (limits.channels.email, len(limits.suppressions)) == (False, 1)
    await directory.save_changes(_turned_on(await store.read(read_fence, "P1")))
    limits = await directory.limits("P1")
    assert limits is not None
    assert (limits.channels.email, limits.suppressions) == (True, [])


async def test_an_opt_out_by_link_is_told_once_and_is_not_given_back_by_who_does_not_know(store: Store) -> None:
    await store.write(upsert_users, [(PAT, [])])
    fence = await store.read(read_fence, "P1")
    await asyncio.gather(*(store.write(save_opt_out, "P1", Channel.EMAIL) for _ in range(5)))
    assert await store.read(untold) == [OptOut("P1", Channel.EMAIL, 1)]
    late = _turned_on(fence).model_copy(update={"turned_on": {Channel.EMAIL: utc_now() - timedelta(hours=1)}})
    assert (await SqlUsers(store).save_changes(late)).fence is None
    [row] = await store.read(rows, select(users.c.email))
    assert not row.email
    await store.write(mark_told, OptOut("P1", Channel.EMAIL, 1))
    assert await store.read(untold) == []


async def test_all_processes_have_the_same_secret(store: Store) -> None:
    made = iter("abcde")
    secrets = await asyncio.gather(*(store.write(own_secret, "s", lambda: next(made)) for _ in range(4)))
    assert len(set(secrets)) == 1
    assert await store.write(own_secret, "s", lambda: "z") == secrets[0]


async def test_html_is_kept_once(store: Store) -> None:
    templates = SqlTemplates(store)
    [key, same] = [await templates.keep("<p>é</p>") for _ in range(2)]
    assert (key == same, await templates.find(key), await templates.find("?")) == (True, "<p>é</p>", None)


def _turned_on(fence: object) -> UserChanges:
    settings = UserSettings(number=1, preferences=Preferences())
    fields = {"user_id": "P1", "fence": fence, "settings": settings, "granted": [], "reported": [], "released": []}
    return UserChanges.model_validate({**fields, "turned_on": {Channel.EMAIL: utc_now()}})
