"""Who acts if nobody says so."""

from workflows.runtime.login import login_name

DEMO_OPERATOR = "chen"
"""A sample person for whom approvals wait."""


def login(*, demo: bool) -> str:
    """Return who acts if nobody says so."""
    return DEMO_OPERATOR if demo else login_name()
