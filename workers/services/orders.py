"""The orders' ports, as their settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from workers.services.mailer import StoreMailer
from workers.services.smtp import smtp_transport
from workers.settings.orders import OrderSettings
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.items import SqlItems
from workers.store.late_refunds import SqlLateRefunds
from workers.store.order_books import SqlBooks
from workers.store.outbox import email_outbox
from workers.store.payments import SqlPayments
from workers.store.shipping import SqlCarrier, SqlWarehouse
from workflows.orders.ports import OrderPorts, PaymentProvider


@asynccontextmanager
async def open_order_ports(settings: OrderSettings, store: Store) -> AsyncIterator[OrderPorts]:
    """Open the ports, and close their connections after the block."""
    async with _open_payments(settings, store) as payments:
        yield OrderPorts(
            inventory=SqlInventory(store),
            payments=payments,
            warehouse=SqlWarehouse(store),
            carrier=SqlCarrier(store),
            mailer=StoreMailer(email_outbox(store), smtp_transport(settings)),
            items=SqlItems(store),
            books=SqlBooks(store),
            late_refunds=SqlLateRefunds(store),
            policy=settings.policy,
        )


@asynccontextmanager
async def _open_payments(settings: OrderSettings, store: Store) -> AsyncIterator[PaymentProvider]:
    if not settings.stripe_api_key:
        yield SqlPayments(store)
        return
    from workers.services.stripe_payments import open_stripe_payments  # takes 7 MB and half a second

    api_key = settings.stripe_api_key.get_secret_value()
    async with open_stripe_payments(store, api_key, settings.stripe_base_url) as payments:
        yield payments
