"""What is paid too little, too much or in another currency never stays with the shop by itself."""

from hypothesis import example, given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.events import Decide, HandIn, Look, Money, Pay
from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import PLENTY, Ending, Story, cancellations, days, looks, policies, refunds
from tests.orders.properties.test_stories import seeds
from workflows.orders.policy import OrderPolicy

payments = st.builds(Pay, st.integers(1, 2), st.sampled_from([*Money, Money.TOO_MUCH]))
handed_in = payments.map(lambda paid: HandIn(paid.number, paid.money))
decisions = st.builds(Decide, st.integers(1, 2), st.booleans())
together = st.one_of(payments, handed_in, decisions)
afterwards = st.one_of(decisions, decisions, payments, refunds, cancellations, looks)

orders = st.builds(
    Story,
    lines=st.just(((PLENTY, 2, 350),)),
    batches=st.tuples(st.tuples(payments), st.tuples(looks, together), st.tuples(afterwards)),
    ending=st.sampled_from([Ending.DELIVER, Ending.DELIVER, Ending.CANCEL]),
    long_steps=st.booleans(),
    policy=policies,
    accepts_parked=st.booleans(),
)


too_little_too_late = Story(
    lines=((PLENTY, 2, 350),),
    batches=((Pay(1, Money.TOO_MUCH),), (Look(),), (Pay(2, Money.TOO_LITTLE), Look())),
    ending=Ending.DELIVER,
    long_steps=True,
    policy=OrderPolicy(seconds_per_step=0, payment_too_little="park", payment_too_much="accept", payment_second="park"),
)
"""Somebody tries to accept what is too little, and the order is paid already, by more than it costs."""


@profile(quick=1)
@example(day=[too_little_too_late], seed=0)
@given(day=days(orders, orders=12), seed=seeds)
async def test_wrong_amounts_are_never_kept(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
