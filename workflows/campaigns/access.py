"""What each message to campaigns and users' actors needs, where messages are signed."""

from workflows.shared.identity.permissions import START, Access, Permission
from workflows.shared.refused_signals import ACKNOWLEDGE

CAMPAIGN: Access = {
    START: Permission.CREATE,
    "start.carried": Permission.SERVICE,
    "pause": Permission.DECIDE,
    "resume": Permission.DECIDE,
    "set_rate": Permission.DECIDE,
    "cancel": Permission.CANCEL,
    ACKNOWLEDGE: Permission.DECIDE,
}
ACTOR: Access = {
    START: None,
    "start.carried": Permission.SERVICE,
    "start.record": Permission.SERVICE,
    "start.policy": Permission.POLICY,
    "start.preferences": Permission.DECIDE,
    "reserve_send": Permission.SEND,
    "release_send": Permission.SEND,
    "message_sent": Permission.SEND,
    "report_bounce": Permission.SEND,
    "set_preferences": Permission.DECIDE,
    "set_policy": Permission.POLICY,
    ACKNOWLEDGE: Permission.DECIDE,
}
