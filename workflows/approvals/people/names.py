"""Names of approvers: ``group:hr``, ``manager``, ``manager.manager``, or a person's ID."""

import re

GROUP = "group:"
_MANAGER = re.compile(r"manager(\.manager)*")


def manager_steps(name: str) -> int:
    """Return how many managers up from the requester a name means; 0 for one that names a group or a person."""
    return name.count(".") + 1 if _MANAGER.fullmatch(name) else 0
