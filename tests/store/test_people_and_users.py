"""The directory of people, and users with their segments."""

import asyncio

import pytest

from workers.registry import SYSTEMS
from workers.store.directory import SqlDirectory
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.users import SqlUsers, upsert_users
from workers.system import fill_sample
from workflows.approvals.ports import Person
from workflows.campaigns.models import ChannelConsent, Preferences
from workflows.campaigns.ports import User
from workflows.orders.views.models import ReservedLine


@pytest.fixture
async def sample(store: Store) -> Store:
    """Give a store with the sample data."""
    await fill_sample(SYSTEMS, store)
    return store


async def test_people_of_the_sample(sample: Store) -> None:
    directory = SqlDirectory(sample)
    managers = {"ana": "ben", "fay": "ben", "ben": "dora", "dora": "greta", "greta": None, "chen": None, "emeka": None}
    for person_id, manager in managers.items():
        person = await directory.person(person_id)
        assert person is not None
        assert person.manager == manager
        assert person.name.lower().startswith(person_id)
        assert person.email == f"{person_id}@example.com"
    assert await directory.person("dora") == Person("dora", "Dora Novak", "dora@example.com", "greta", ("directors",))
    assert await directory.members("hr") == ["chen", "emeka"]
    assert await directory.members("directors") == ["dora", "greta"]
    assert await directory.members("nobody") == []
    assert await directory.person("eve") is None


async def test_stock_of_the_sample(sample: Store) -> None:
    levels = {level.sku: level.available for level in await SqlInventory(sample).levels()}
    assert levels == {"SKU-CHAIR": 100, "SKU-DESK": 25, "SKU-LAMP": 250, "SKU-SHELF": 0}


async def test_users_of_the_sample(sample: Store) -> None:
    users = SqlUsers(sample)
    assert await users.segment_size("everyone") == 50
    assert await users.segment_size("newsletter") == 25
    assert await users.segment_size("nobody") is None
    everyone = await users.segment_page("everyone", after=None, limit=100)
    assert everyone == [f"USER-{number:03}" for number in range(1, 51)]
    newsletter = await users.segment_page("newsletter", after=None, limit=100)
    assert newsletter == everyone[1::2]
    found = [user for user in [await users.user(user_id) for user_id in everyone] if user is not None]
    assert all(user.preferences == Preferences() for user in found)
    assert all(user.email_address.endswith("@example.com") for user in found)
    assert len({user.email_address for user in found}) == len({user.phone for user in found}) == 50
    assert len({user.timezone for user in found}) > 5


async def test_the_sample_resets_nothing(sample: Store) -> None:
    inventory, users = SqlInventory(sample), SqlUsers(sample)
    await inventory.reserve("r", [ReservedLine(sku="SKU-DESK", quantity=5)])
    await inventory.set_available("SKU-SHELF", 3)
    moved = User(
        "USER-001", "new@example.com", "+12025550199", "Asia/Tokyo", Preferences(channels=ChannelConsent(sms=False))
    )
    await sample.write(upsert_users, [(moved, ["vip"])])
    await asyncio.gather(*(fill_sample(SYSTEMS, sample) for _ in range(3)))
    levels = {level.sku: level.available for level in await inventory.levels()}
    assert (levels["SKU-DESK"], levels["SKU-SHELF"]) == (20, 3)
    assert await users.user("USER-001") == moved
    assert await users.segment_size("everyone") == 49
    assert await users.segment_page("vip", after=None, limit=9) == ["USER-001"]


async def test_pages_follow_each_other_in_the_order_of_code_points(store: Store) -> None:
    ids = ["Z", "a", "B-1", "B_1", "b", "A:1", "0"]
    listed = [(User(i, f"{i}@example.com", "", "UTC", Preferences()), ["all", "all"]) for i in ids]
    await store.write(upsert_users, listed)
    users = SqlUsers(store)
    paged: list[str] = []
    while page := await users.segment_page("all", after=paged[-1] if paged else None, limit=2):
        paged += page
    assert paged == sorted(ids)
