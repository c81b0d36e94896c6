"""How long hypothesis looks: a little, and always at the same; with ``HYPOTHESIS_PROFILE=search`` far and wide."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import engine

SEARCHING = os.environ.get("HYPOTHESIS_PROFILE") == "search"

engine.MAX_SHRINKING_SECONDS = 60  # by default five minutes: a test that fails would be killed before it says how

STEADY = settings(deadline=None, derandomize=not SEARCHING, suppress_health_check=[HealthCheck.too_slow])
"""For all property tests: a busy machine is no fault, nor is the first text, for which tables are made."""


def examples(quick: int, *, far: int, shrinks: bool) -> settings:
    """Return the settings of a test: so many examples, and whether it is quick enough to shrink what they find.

    Examples on a server or a database take their time: a few, and not shrunk. Hypothesis begins with the simplest one.
    """
    return settings(
        deadline=None,
        max_examples=far if SEARCHING else quick,
        stateful_step_count=50 if SEARCHING else 40,
        derandomize=not SEARCHING,
        phases=tuple(Phase) if shrinks or SEARCHING else (Phase.explicit, Phase.generate),
        suppress_health_check=[
            *(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
            HealthCheck.function_scoped_fixture,  # tests keep apart by fresh IDs, and so do examples
        ],
    )
