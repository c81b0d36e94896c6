"""Money and stock add up in the store, whatever happens to orders and to the workers that run them."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import Story, acts, circumstances, days, kills, stories

seeds = st.integers(0, 2**16)


@profile(quick=1)
@given(day=days(stories(st.one_of(acts, acts, circumstances)), orders=8), seed=seeds)
async def test_everything_adds_up_when_signals_and_steps_go_wrong(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)


@profile(quick=2)
@given(day=days(stories(st.one_of(acts, acts, circumstances, kills, kills)), orders=12), seed=seeds)
async def test_everything_adds_up_when_workers_are_killed(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
