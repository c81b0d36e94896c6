"""The approvals' ports, as their settings say: notifications go to Slack if there is a token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from workers.policy.files import FilePolicies, report_policy
from workers.settings.approvals import ApprovalSettings
from workers.store.directory import SqlDirectory
from workers.store.engine import Store
from workers.store.items import SqlItems
from workers.store.outbox import notification_outbox
from workers.store.releases import SqlReleases
from workers.system import Health
from workflows.approvals.ports import ApprovalPorts, Notification, Notifier


class MonitoredNotifier(Notifier, Protocol):
    """A notifier that knows its health."""

    @property
    def health(self) -> Health:
        """Return ``off`` if nobody is notified, ``failing`` from a failure until the next success."""


@dataclass(frozen=True)
class MonitoredApprovalPorts(ApprovalPorts):
    """The ports, with the health of the notifier."""

    notifier: MonitoredNotifier


class NoNotifier:
    """Notifies nobody."""

    health: Health = "off"

    async def notify(self, _: Notification) -> Literal["off"]:
        """Do nothing."""
        return "off"


@asynccontextmanager
async def open_approval_ports(settings: ApprovalSettings, store: Store) -> AsyncIterator[MonitoredApprovalPorts]:
    """Open the ports, and close their connections after the block."""
    directory, items, releases = SqlDirectory(store), SqlItems(store), SqlReleases(store)
    policies = FilePolicies(settings.approval_policy)
    await report_policy(policies, store)
    if settings.slack_token is None or not settings.slack_token.get_secret_value():
        yield MonitoredApprovalPorts(directory, NoNotifier(), items, policies, directory, releases)
        return
    # These modules take 15 MB and an eighth of a second.
    from workers.services.slack import SlackNotifier, slack_client

    async with slack_client(settings.slack_token.get_secret_value(), settings.slack_base_url) as client:
        notifier = SlackNotifier(notification_outbox(store), client, settings.slack_channel)
        check = asyncio.create_task(notifier.check(), name="slack-check")  # nobody waits for Slack
        try:
            yield MonitoredApprovalPorts(directory, notifier, items, policies, directory, releases)
        finally:
            check.cancel()
            await asyncio.gather(check, return_exceptions=True)
