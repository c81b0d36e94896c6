"""The real services behind the ports: the store, e-mail, Slack and the message provider."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from workers.services.mailer import StoreMailer
from workers.services.messages import StoreMessageProvider
from workers.services.notifying import Health, NotificationService, open_notifier
from workers.services.smtp import SmtpTransport, smtp_transport
from workers.settings import WorkerSettings
from workers.store.directory import SqlDirectory
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workers.store.outbox import email_outbox, message_outbox, notification_outbox
from workers.store.parcels import SqlCarrier
from workers.store.payments import SqlPayments
from workers.store.users import SqlUsers
from workers.store.warehouse import SqlWarehouse
from workflows.approvals.ports import ApprovalPorts
from workflows.campaigns.ports import CampaignPorts
from workflows.orders.ports import OrderPorts, PaymentProvider


@dataclass(frozen=True)
class Services:
    """Everything outside that the three systems use, open until the block of `open_services` ends."""

    orders: OrderPorts
    approvals: ApprovalPorts
    campaigns: CampaignPorts
    store: Store
    notifier: NotificationService

    @property
    def slack(self) -> Health:
        """How Slack is: ``failing`` from a failure until the next success."""
        return self.notifier.health

    @property
    def store_url(self) -> str:
        """The store's URL, without its password."""
        return self.store.masked_url


@asynccontextmanager
async def open_services(settings: WorkerSettings) -> AsyncIterator[Services]:
    """Open the services as the settings say, and close them after the block.

    Raises:
        StoreError: the store's URL is not usable, or nothing answers there.
    """
    async with AsyncExitStack() as stack:
        store = await open_store(settings.resolved_store_url)
        stack.push_async_callback(store.close)
        notifier = await stack.enter_async_context(open_notifier(settings, notification_outbox(store)))
        # Whether Slack takes the token is found out on the side: no worker waits for Slack.
        check = asyncio.create_task(notifier.check(), name="slack-check")
        stack.push_async_callback(_cancel, check)
        payments = await stack.enter_async_context(_open_payments(settings, store))
        yield _services(settings, store, payments, notifier, smtp_transport(settings))


def _services(
    settings: WorkerSettings,
    store: Store,
    payments: PaymentProvider,
    notifier: NotificationService,
    smtp: SmtpTransport | None,
) -> Services:
    orders = OrderPorts(
        inventory=SqlInventory(store),
        payments=payments,
        warehouse=SqlWarehouse(store),
        carrier=SqlCarrier(store),
        mailer=StoreMailer(email_outbox(store), smtp),
        policy=settings.order_policy,
    )
    approvals = ApprovalPorts(directory=SqlDirectory(store), notifier=notifier)
    campaigns = CampaignPorts(users=SqlUsers(store), provider=StoreMessageProvider(message_outbox(store), smtp))
    return Services(orders, approvals, campaigns, store, notifier)


@asynccontextmanager
async def _open_payments(settings: WorkerSettings, store: Store) -> AsyncIterator[PaymentProvider]:
    if not settings.stripe_api_key:
        yield SqlPayments(store)
        return
    from workers.services.stripe_payments import open_stripe_payments  # 7 MB and half a second for who uses it

    api_key = settings.stripe_api_key.get_secret_value()
    async with open_stripe_payments(store, api_key, settings.stripe_base_url) as payments:
        yield payments


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
