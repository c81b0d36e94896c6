"""Short turns: what a transaction writes ends with its time, and others get longer than they sleep."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from workers.store.turns import Gap, Turn, Turns


class Clock:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@examples(100, far=1_000, shrinks=True)
@given(st.integers(0, 2_000), st.floats(0, 0.1), st.integers(1, 300), st.floats(0.001, 0.1))
def test_a_turn_ends_with_its_time(rows: int, took: float, part: int, seconds: float) -> None:
    clock, given_rows, written = Clock(), list(range(rows)), list[int]()
    turns = 0
    while written != given_rows:
        began = clock.now
        for each in Turn(seconds, part, clock).parts(given_rows[len(written) :]):
            assert 0 < len(each) <= part
            assert clock.now - began < seconds
            written += each
            clock.now += took
        turns += 1
    assert turns <= -(-rows // part)


def test_nothing_has_no_part() -> None:
    assert list(Turn().parts([])) == []


def test_others_get_longer_than_they_sleep() -> None:
    clock = Clock()
    gap = Gap()
    turns = Turns(gap, clock)

    async def waits(took: float, later: float) -> float:
        await turns.begin()
        clock.now += took
        turns.end()
        clock.now += later
        before = asyncio.get_running_loop().time()
        await turns.begin()
        return asyncio.get_running_loop().time() - before

    # A waiting writer of SQLite looks every 25 ms, and every 100 ms when it has waited for long.
    assert gap.after(0.05) > 0.025
    assert gap.after(0.25) > 0.1
    assert asyncio.run(waits(0.05, gap.usual + 1)) < gap.usual  # what it did meanwhile was long enough
    assert asyncio.run(waits(0.25, 0.0)) >= gap.long - 0.02
