"""The campaigns' ports, as their settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from temporalio.client import Client

from workers.services.message_provider import StoreMessageProvider
from workers.services.smtp import smtp_transport
from workers.settings.campaigns import CampaignSettings
from workers.store.engine import Store
from workers.store.held_messages import SqlHeldMessages
from workers.store.items import SqlItems
from workers.store.outbox import message_outbox
from workers.store.secrets import own_secret
from workers.store.templates import SqlTemplates
from workers.store.users import SqlUsers
from workflows.campaigns.bounces import SoftBounceRule
from workflows.campaigns.ports import CampaignPorts

if TYPE_CHECKING:
    from workers.services.unsubscribe.service import UnsubscribeService

UNSUBSCRIBE_KEY = "unsubscribe"
"""Name of the secret that links to unsubscribe are made with."""


@dataclass(frozen=True)
class OpenCampaignPorts(CampaignPorts):
    """The ports, with what answers links to unsubscribe."""

    unsubscribing: "UnsubscribeService | None" = None

    async def serve(self, client: Client) -> None:
        """Answer links to unsubscribe until cancelled; return if there are none."""
        if self.unsubscribing is not None:
            await self.unsubscribing.run(client)


@asynccontextmanager
async def open_campaign_ports(settings: CampaignSettings, store: Store) -> AsyncIterator[OpenCampaignPorts]:
    """Give the ports; there is nothing to close."""
    provider = StoreMessageProvider(message_outbox(store), smtp_transport(settings))
    users = SqlUsers(store, SoftBounceRule(settings.soft_bounces, settings.soft_bounce_days))
    service = await _open_unsubscribing(settings, store)
    links = service.links if service is not None and settings.unsubscribe_url else None
    yield OpenCampaignPorts(
        users, provider, SqlItems(store), SqlTemplates(store), SqlHeldMessages(store), links, service
    )


async def _open_unsubscribing(settings: CampaignSettings, store: Store) -> "UnsubscribeService | None":
    if settings.unsubscribe_url is None and settings.unsubscribe_listen is None:
        return None
    # Encryption and an HTTP server take memory.
    from workers.services.unsubscribe.links import UnsubscribeLinks, new_key
    from workers.services.unsubscribe.service import UnsubscribeService

    key = await store.write(own_secret, UNSUBSCRIBE_KEY, new_key)
    links = UnsubscribeLinks(settings.unsubscribe_url or "", key, days=settings.unsubscribe_days)
    return UnsubscribeService(store, links, settings.unsubscribe_address)
