"""Money that belongs to no order, to another one, or to one that has ended, goes back; one payment has one order."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import (
    Story,
    cancellations,
    days,
    handed_in,
    looks,
    payments,
    stories,
    strays,
)
from tests.orders.properties.test_stories import seeds

money = st.one_of(strays, strays, payments, handed_in, cancellations, looks)


@profile(quick=1)
@given(day=days(stories(money), orders=8), seed=seeds)
async def test_every_payment_has_one_owner(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
