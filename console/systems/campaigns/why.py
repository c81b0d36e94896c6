"""Why a campaign or a user's actor needs a person, in plain words."""

from collections.abc import Mapping

from console.model import REFUSED_SIGNAL, Why
from workflows.campaigns.campaign_state import PROVIDER_FAILING
from workflows.shared.refused_signals import SIGNAL_REFUSED

WHY: Mapping[str, Why] = {
    PROVIDER_FAILING: Why(
        "stalled: the provider takes no messages",
        "see that the provider works; it goes on by itself, or pause it",
        retries=True,
    ),
    SIGNAL_REFUSED: REFUSED_SIGNAL,
}
