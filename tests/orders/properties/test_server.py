"""Money and stock add up in the store, whatever happens to orders on a real server and to the workers that run them."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile, searching
from tests.orders.properties.stories import Story, days
from tests.orders.properties.themes import THEMES

mixed = st.tuples(*THEMES, *THEMES).map(list)
whole_days = st.one_of(mixed, *(days(theme, orders=12) for theme in THEMES))


@profile(quick=2)
@given(day=whole_days if searching() else mixed, seed=st.integers(0, 2**16))
async def test_everything_adds_up(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
