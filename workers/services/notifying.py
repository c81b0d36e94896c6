"""Whoever notifies approvers: Slack where there is a token, and nobody where there is none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, Protocol

from workers.settings import WorkerSettings
from workers.store.outbox import Outbox
from workflows.approvals.ports import Notification, Notifier

Health = Literal["on", "off", "failing"]


class NotificationService(Notifier, Protocol):
    """A notifier that knows how it does."""

    @property
    def health(self) -> Health:
        """Return ``off`` when nobody is notified, ``failing`` from a failure until the next success."""

    async def check(self) -> None:
        """Find out how it does; the health shows it. Never raises."""


class NobodyNotified:
    """What stands in for Slack without a token."""

    health: Health = "off"

    async def notify(self, _: Notification) -> Literal["off"]:
        """Say that nobody was notified."""
        return "off"

    async def check(self) -> None:
        """Find nothing out."""


@asynccontextmanager
async def open_notifier(settings: WorkerSettings, outbox: Outbox) -> AsyncIterator[NotificationService]:
    """Open the notifier that the settings ask for, and close it after the block."""
    if settings.slack_token is None or not settings.slack_token.get_secret_value():
        yield NobodyNotified()
        return
    # Slack's and aiohttp's modules take 15 MB and an eighth of a second: only who uses Slack has them.
    from workers.services.slack import SlackNotifier, slack_client

    async with slack_client(settings) as client:
        yield SlackNotifier(outbox, client, settings.slack_channel)
