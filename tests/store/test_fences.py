"""Of all fences of a user one passes: that of an actor that knew all sends in the store."""

import asyncio

from workers.store.engine import Store
from workers.store.fences import claim_fence, pass_fence, read_fence, void_fences
from workflows.campaigns.models import Fence


async def passes(store: Store, fence: Fence) -> bool:
    return await store.write(pass_fence, "U", fence)


async def test_of_actors_that_began_with_the_same_record_one_sends(store: Store) -> None:
    fences = [await store.read(read_fence, "U") for _ in range(8)]
    passed = await asyncio.gather(*(passes(store, fence) for fence in fences))
    assert passed.count(True) == 1
    for fence, first in zip(fences, passed, strict=True):
        assert await passes(store, fence) is first


async def test_a_claim_takes_the_place_of_all_before(store: Store) -> None:
    before = await store.read(read_fence, "U")
    assert await passes(store, before)
    unused = await store.read(read_fence, "U")
    claimed = [await store.write(claim_fence, "U") for _ in range(2)]
    assert [await passes(store, fence) for fence in (before, unused, *claimed)] == [False, False, False, True]
    assert await passes(store, await store.read(read_fence, "U"))
    assert not await passes(store, claimed[1])


async def test_void_fences_pass_no_more(store: Store) -> None:
    new, known = await store.read(read_fence, "U"), await store.write(claim_fence, "V")
    await store.write(void_fences, ["V", "U"])
    assert not await passes(store, new)
    assert not await store.write(pass_fence, "V", known)
    assert await passes(store, await store.read(read_fence, "U"))
