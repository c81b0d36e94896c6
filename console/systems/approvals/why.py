"""Why a request needs a person, in plain words."""

from collections.abc import Mapping

from console.model import REFUSED_SIGNAL, Why
from workflows.approvals.models import POLICY_WRONG
from workflows.approvals.review.application import APPLY_FAILED
from workflows.approvals.review.base import DIRECTORY_DOWN, OVERDUE
from workflows.shared.refused_signals import SIGNAL_REFUSED

WHY: Mapping[str, Why] = {
    OVERDUE: Why("nobody decided in time", "decide, extend the deadline, or reassign the seat"),
    APPLY_FAILED: Why("approved, and then it could not be applied", "try again, or settle it by hand", retries=True),
    POLICY_WRONG: Why(
        "the approval policy is wrong",
        "mend the policy file: uv run tconsole approvals check-policy FILE",
        retries=True,
    ),
    DIRECTORY_DOWN: Why(
        "the company's directory does not answer", "see that the store runs; it goes on by itself", retries=True
    ),
    SIGNAL_REFUSED: REFUSED_SIGNAL,
}
