"""How long hypothesis looks: a little, and always at the same; with ``HYPOTHESIS_PROFILE=search`` far and wide."""

import os

from hypothesis import HealthCheck, Phase, settings

_ALIKE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def searching() -> bool:
    """Return whether the environment asks for a long run."""
    return os.environ.get("HYPOTHESIS_PROFILE") == "search"


def profile(*, quick: int) -> settings:
    """Return the settings of a test on a server: ``quick`` examples unless the environment asks for more."""
    if searching():
        return settings(_ALIKE, max_examples=200)
    return settings(_ALIKE, max_examples=quick, derandomize=True, phases=(Phase.explicit, Phase.generate))


def simulated(*, quick: int) -> settings:
    """Return the settings of a test without a server, which is quick enough to shrink what it finds."""
    if searching():
        return settings(_ALIKE, max_examples=20_000, stateful_step_count=50)
    return settings(_ALIKE, max_examples=quick, stateful_step_count=40, derandomize=True)
