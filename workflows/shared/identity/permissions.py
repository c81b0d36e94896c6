"""What an operator may do, and what each message needs."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

START = "start"
"""Name of a workflow's start among its messages."""


class Permission(StrEnum):
    """What somebody may do. In the operators file each is also a role of its name."""

    SEE = "see"
    CREATE = "create"
    PAY = "pay"
    CANCEL = "cancel"
    REFUND = "refund"
    DECIDE = "decide"
    POLICY = "policy"
    IMPORT = "import"
    SEND = "send"
    REPORT = "report"
    SERVICE = "service"


WORDS: Mapping[Permission, str] = MappingProxyType(
    {
        Permission.SEE: "look things up",
        Permission.CREATE: "start orders, requests and campaigns",
        Permission.PAY: "say that money came",
        Permission.CANCEL: "cancel",
        Permission.REFUND: "refund",
        Permission.DECIDE: "decide",
        Permission.POLICY: "set policies",
        Permission.IMPORT: "import",
        Permission.SEND: "reserve and report sends",
        Permission.REPORT: "report shipments",
        Permission.SERVICE: "act as the workers do",
    }
)

Access = Mapping[str, Permission | None]
"""What each message of a workflow needs, by its name; None: any operator may send it.

``start.policy`` is what a start needs that has a field ``policy``, beside what every start needs.
"""

NEEDS: Access = MappingProxyType({START: Permission.SEE})
"""Of a workflow that says nothing itself: it only looks something up."""


def needed(workflow: type, message: str, fields: Collection[str]) -> list[Permission]:
    """Return what a message of a workflow needs that has these fields: what its class says in ``ACCESS``."""
    access: Access = getattr(workflow, "ACCESS", NEEDS)
    if message != START:
        need = access.get(message)
        return [] if need is None else [need]
    names = [START, *(f"{START}.{field}" for field in fields)]
    return [need for name in names if (need := access.get(name)) is not None]
