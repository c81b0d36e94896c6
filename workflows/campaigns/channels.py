"""How a message reaches a user."""

from enum import StrEnum


class Channel(StrEnum):
    """How a message reaches a user."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
