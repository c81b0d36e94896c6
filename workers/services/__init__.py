"""The real services behind the ports: the store, e-mail, Slack and the payment provider."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from workers.services.approvals import Health, MonitoredApprovalPorts, open_approval_ports
from workers.services.campaigns import open_campaign_ports
from workers.services.orders import open_order_ports
from workers.settings import ServiceSettings
from workers.store.engine import Store
from workers.store.migrate import open_store
from workflows.campaigns.ports import CampaignPorts
from workflows.orders.ports import OrderPorts


@dataclass(frozen=True)
class Services:
    """The ports of all systems, open until the block of `open_services` ends."""

    orders: OrderPorts
    approvals: MonitoredApprovalPorts
    campaigns: CampaignPorts
    store: Store

    @property
    def slack(self) -> Health:
        """The health of Slack."""
        return self.approvals.notifier.health


@asynccontextmanager
async def open_services(settings: ServiceSettings) -> AsyncIterator[Services]:
    """Open the services as the settings say, and close them after the block.

    Raises:
        StoreError: the store cannot be used.
    """
    async with AsyncExitStack() as stack:
        store = await open_store(settings.resolved_store_url)
        stack.push_async_callback(store.close)
        orders = await stack.enter_async_context(open_order_ports(settings, store))
        approvals = await stack.enter_async_context(open_approval_ports(settings, store))
        campaigns = await stack.enter_async_context(open_campaign_ports(settings, store))
        yield Services(orders, approvals, campaigns, store)
