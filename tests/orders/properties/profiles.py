"""How long hypothesis looks: a little and always the same; with ``HYPOTHESIS_PROFILE=search`` far and wide."""

import os

from hypothesis import HealthCheck, Phase, settings

_ALIKE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_PROFILES = {
    "quick": settings(_ALIKE, max_examples=6, derandomize=True, phases=(Phase.explicit, Phase.generate)),
    "search": settings(_ALIKE, max_examples=200),
}


def profile(*, quick: int) -> settings:
    """Return the settings of a test: ``quick`` examples unless the environment asks for more."""
    name = os.environ.get("HYPOTHESIS_PROFILE", "quick")
    chosen = _PROFILES[name]
    return settings(chosen, max_examples=quick) if name == "quick" else chosen
