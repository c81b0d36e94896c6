"""Links to unsubscribe: encrypted and signed, so that nobody reads a user from one, or makes one up."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken

from workflows.campaigns.models import Channel

TOKEN = "t"  # noqa: S105 - the name of the parameter
"""Query parameter of the token."""
DAY = 86_400


@dataclass(frozen=True)
class Subscription:
    """What a link ends."""

    user_id: str
    channel: Channel


class ForgedLinkError(Exception):
    """The link was not made here, or was cut off."""


class ExpiredLinkError(Exception):
    """The link was made too long ago."""


class UnsubscribeLinks:
    """The port `UnsubscribeLinks`, and what the listener reads links with."""

    def __init__(self, url: str, key: str, *, days: int, clock: Callable[[], float] = time.time) -> None:
        """Make links below ``url`` with a key of `Fernet`, that hold for so many days."""
        self._url = url
        self._fernet = Fernet(key)
        self._days = days
        self._clock = clock

    def url(self, user_id: str, channel: Channel) -> str:
        """Return a link that ends the user's subscription on the channel."""
        said = json.dumps([channel.value, user_id], ensure_ascii=False, separators=(",", ":"))
        return f"{self._url}?{TOKEN}={self._fernet.encrypt_at_time(said.encode(), int(self._clock())).decode()}"

    def read(self, token: str) -> Subscription:
        """Return what a link ends.

        Raises:
            ForgedLinkError: it was not made with this key.
            ExpiredLinkError: it was made too long ago.
        """
        try:
            channel, user_id = json.loads(self._fernet.decrypt(token))
            made_at = self._fernet.extract_timestamp(token)
        except (InvalidToken, ValueError) as error:
            raise ForgedLinkError(token[:8]) from error
        if made_at < self._clock() - self._days * DAY:
            raise ExpiredLinkError(token[:8])
        return Subscription(user_id, Channel(channel))


def new_key() -> str:
    """Return a key for links."""
    return Fernet.generate_key().decode()
