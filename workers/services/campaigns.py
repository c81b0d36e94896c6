"""The campaigns' ports, as their settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from workers.services.message_provider import StoreMessageProvider
from workers.services.smtp import smtp_transport
from workers.settings.campaigns import CampaignSettings
from workers.store.engine import Store
from workers.store.items import SqlItems
from workers.store.outbox import message_outbox
from workers.store.templates import SqlTemplates
from workers.store.users import SqlUsers
from workflows.campaigns.bounces import SoftBounceRule
from workflows.campaigns.ports import CampaignPorts


@asynccontextmanager
async def open_campaign_ports(settings: CampaignSettings, store: Store) -> AsyncIterator[CampaignPorts]:
    """Give the ports; there is nothing to close."""
    provider = StoreMessageProvider(message_outbox(store), smtp_transport(settings))
    soft_bounces = SoftBounceRule(settings.soft_bounces, settings.soft_bounce_days)
    yield CampaignPorts(SqlUsers(store, soft_bounces), provider, SqlItems(store), SqlTemplates(store))
