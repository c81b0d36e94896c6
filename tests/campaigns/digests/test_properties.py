"""Whatever fails, is lost or comes late: no cap is exceeded, and each message goes out once or has another outcome."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tests.campaigns.digests.harness import Act, play
from tests.support.profiles import examples

FATES = ["succeeds"] * 6 + ["fails", "loses its answer"]
OTHERS = {
    "room": 6,
    "lose batch": 4,
    "lose actor": 3,
    "pause": 2,
    "resume": 3,
    "continue": 1,
    "cancel": 1,
    "opt out": 1,
}
"""How often, beside one another."""

others = st.sampled_from([name for name, often in OTHERS.items() for _ in range(often)])
acts = st.one_of(
    st.tuples(st.just("go"), st.integers(0, 5), st.sampled_from(FATES)),
    st.tuples(st.just("go"), st.integers(0, 5), st.just("succeeds")),
    st.tuples(st.just("send"), st.integers(0, 2), st.just("")),
    st.tuples(others, st.integers(0, 5), st.just("")),
)


@examples(20, far=5_000, shrinks=False)
@given(st.lists(acts, min_size=60, max_size=120))
def test_each_message_goes_out_once_and_no_cap_is_exceeded(drawn: list[Act]) -> None:
    lab = asyncio.run(play(drawn))
    lab.assert_outcomes()
