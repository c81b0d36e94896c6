"""What each message about a request needs, where messages are signed; whose vote counts, the request's chain says."""

from workflows.shared.identity.permissions import START, Access, Permission
from workflows.shared.refused_signals import ACKNOWLEDGE

_VOTES = ("approve", "reject", "retract", "request_changes", "ask", "delegate", "reassign", "snooze", "extend_deadline")

APPROVAL: Access = {
    START: Permission.CREATE,
    **dict.fromkeys(_VOTES, Permission.DECIDE),
    "retry_apply": Permission.DECIDE,
    "settle_apply": Permission.DECIDE,
    "resubmit": Permission.CREATE,
    "withdraw": Permission.CREATE,
    "comment": None,
    "attach": None,
    "note_refusal": None,
    ACKNOWLEDGE: Permission.DECIDE,
}
ATTEMPT: Access = {START: None}
