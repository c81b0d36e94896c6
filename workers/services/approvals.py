"""The approvals' ports, as their settings say: Slack is on if there is a token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from temporalio.client import Client

from workers.policy.files import FilePolicies, KnownCalendars, report_policy
from workers.settings.approvals import ApprovalSettings
from workers.store.attempts import SqlAttempts
from workers.store.directory import SqlDirectory
from workers.store.engine import Store
from workers.store.items import SqlItems
from workers.store.releases import SqlReleases
from workers.store.slack_messages import SqlSlackMessages
from workers.system import Health
from workflows.approvals.ports import ApprovalPorts

if TYPE_CHECKING:
    from workers.services.slack.service import SlackService


@dataclass(frozen=True)
class OpenApprovalPorts(ApprovalPorts):
    """The ports, with what serves Slack beside them."""

    service: "SlackService | None" = None

    @property
    def health(self) -> Health:
        """Return the health of Slack, ``off`` without a token."""
        return self.service.health if self.service else "off"

    async def serve(self, client: Client) -> None:
        """Bring messages to Slack and take clicks from there until cancelled; return if it is off."""
        if self.service is not None:
            await self.service.run(client)


@asynccontextmanager
async def open_approval_ports(settings: ApprovalSettings, store: Store) -> AsyncIterator[OpenApprovalPorts]:
    """Open the ports, and close their connections after the block."""
    directory, items, releases = SqlDirectory(store), SqlItems(store), SqlReleases(store)
    attempts = SqlAttempts(store)
    policies = FilePolicies(settings.approval_policy)
    await report_policy(policies, store)
    if settings.slack_token is None or not settings.slack_token.get_secret_value():
        off = SqlSlackMessages(store, on=False)
        yield OpenApprovalPorts(directory, off, items, policies, directory, releases, attempts)
        return
    # These modules take 15 MB and an eighth of a second.
    from workers.services.slack.service import open_slack

    calendars = KnownCalendars(policies).read
    async with open_slack(settings, store, calendars) as service:
        slack = SqlSlackMessages(store, on=True, wake=service.relay.wake, calendars=calendars)
        yield OpenApprovalPorts(directory, slack, items, policies, directory, releases, attempts, service)
