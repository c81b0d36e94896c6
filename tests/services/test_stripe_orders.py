"""Whole orders that are paid through Stripe: on a real Temporal server, with the workers' own services."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from temporalio.client import Client

from tests.support import stripe as faults
from tests.support.orders import TOTAL, Shop, open_shop, payment, stocked
from tests.support.rows import rows
from tests.support.stripe import API_KEY, StripeProxy
from workers.services import stripe_calls
from workers.services.orders import open_order_ports
from workers.settings.orders import OrderSettings
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.schema import captures, open_refunds, refunds
from workflows.orders.models import OrderRequest, OrderStatus, PaymentStatus
from workflows.orders.views.models import OrderView


@dataclass(frozen=True)
class StripeShop:
    """A shop whose workers take money through Stripe, its store, and that Stripe."""

    shop: Shop
    store: Store
    stripe: StripeProxy

    async def paid(self) -> tuple[OrderRequest, dict[str, Any]]:
        """Return an order in fulfilment, and the payment intent that paid it."""
        request = await self.shop.start(fulfilment_seconds_per_step=3600)
        intent = await self.stripe.pay(TOTAL)
        await self.shop.pay(request, payment(intent["id"]))
        await self.shop.until(request, lambda view: view.status == OrderStatus.FULFILLING and bool(view.ledger))
        return request, intent

    async def check(self, view: OrderView, intent: dict[str, Any], *sent_back: int) -> None:
        """Check that order, store and Stripe tell the same of a payment."""
        at_stripe = [("refund", made["id"], made["amount"]) for made in await self.stripe.refunds(intent)]
        assert sorted(amount for _, _, amount in at_stripe) == sorted(sent_back)
        captured = ("capture", intent["latest_charge"]["id"], TOTAL)
        told = [
            (entry.kind, entry.reference, entry.amount) for entry in view.ledger if entry.payment_id == intent["id"]
        ]
        assert sorted(told) == sorted([captured, *at_stripe])
        assert await self.store.read(rows, select(open_refunds)) == []
        booked: list[tuple[str, str, int]] = []
        for kind, table in (("capture", captures), ("refund", refunds)):
            query = select(table.c.reference, table.c.amount).where(table.c.payment_id == intent["id"])
            booked += [(kind, row.reference, row.amount) for row in await self.store.read(rows, query)]
        assert sorted(booked) == sorted(told)


@pytest.fixture
async def stripe_shop(
    client: Client, stripe: StripeProxy, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StripeShop]:
    """Give the shop. Stripe may take a second for a call, not the usual eight."""
    monkeypatch.setattr(stripe_calls, "STRIPE_SECONDS", 1)
    settings = OrderSettings(data_dir=tmp_path, stripe_api_key=SecretStr(API_KEY), stripe_base_url=stripe.base_url)
    async with open_order_ports(settings, store) as ports:
        for sku in ("SKU-CHAIR", "SKU-LAMP"):
            await SqlInventory(store).set_available(sku, 100)
        world = stocked()
        world.ports = ports
        async with open_shop(client, world) as shop:
            yield StripeShop(shop, store, stripe)


async def cancelled(stripe_shop: StripeShop, request: OrderRequest) -> OrderView:
    """Cancel the order, and return it as it ended."""
    await stripe_shop.shop.cancel(request)
    view = await stripe_shop.shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    return view


@pytest.mark.parametrize(
    "fault", [faults.lose_answer, faults.fail_before, faults.fail_after], ids=lambda fault: fault.__name__
)
async def test_a_cancelled_order_is_refunded_once(stripe_shop: StripeShop, fault: faults.Fault) -> None:
    request, intent = await stripe_shop.paid()
    stripe_shop.stripe.faults = [fault]
    await stripe_shop.check(await cancelled(stripe_shop, request), intent, TOTAL)
    assert stripe_shop.stripe.faults == []


async def test_a_cancelled_order_is_refunded_once_by_a_slow_stripe(stripe_shop: StripeShop) -> None:
    request, intent = await stripe_shop.paid()
    gate = asyncio.Event()
    stripe_shop.stripe.faults = [faults.stuck(gate)]
    await stripe_shop.shop.cancel(request)
    # The worker gave the first call up, and has been told that it is still under way.
    await stripe_shop.stripe.until_calls("POST /v1/refunds", 2)
    gate.set()
    view = await stripe_shop.shop.ended(request)
    assert view.status == OrderStatus.CANCELLED
    await stripe_shop.check(view, intent, TOTAL)


async def test_a_cancelled_order_is_refunded_once_when_everything_arrives_twice(stripe_shop: StripeShop) -> None:
    stripe_shop.stripe.twice = True
    request, intent = await stripe_shop.paid()
    await stripe_shop.check(await cancelled(stripe_shop, request), intent, TOTAL)


async def test_a_payment_that_stripe_does_not_know_pays_nothing_and_nothing_is_owed_for_it(
    stripe_shop: StripeShop,
) -> None:
    request = await stripe_shop.shop.start()
    less = await stripe_shop.stripe.pay(TOTAL - 1)
    for claimed, reason in (("pi_unknown", "knows no such payment"), (less["id"], "captured $119.99, not $120.00")):
        await stripe_shop.shop.pay(request, payment(claimed))
        view = await stripe_shop.shop.until(request, lambda view, reason=reason: reason in str(view.refusals))  # type: ignore[misc]
        assert (view.status, view.payment_status) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.UNPAID)
    intent = await stripe_shop.stripe.pay(TOTAL)
    await stripe_shop.shop.pay(request, payment(intent["id"]))
    view = await stripe_shop.shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    await stripe_shop.check(view, intent)
    assert await stripe_shop.stripe.refunds(less) == []


async def test_a_stripe_in_trouble_only_delays(stripe_shop: StripeShop) -> None:
    stripe_shop.stripe.refusals = [faults.rate_limited(1), faults.unavailable()]
    request, intent = await stripe_shop.paid()
    stripe_shop.stripe.refusals = [faults.unavailable(), faults.unavailable()]
    await stripe_shop.check(await cancelled(stripe_shop, request), intent, TOTAL)


async def test_two_payments_at_once_and_one_goes_back(stripe_shop: StripeShop) -> None:
    request, intent = await stripe_shop.paid()
    second = await stripe_shop.stripe.pay(TOTAL)
    stripe_shop.stripe.faults = [faults.lose_answer]
    await stripe_shop.shop.pay(request, payment(second["id"]))
    back = await stripe_shop.shop.until(
        request, lambda view: any(entry.payment_id == second["id"] and entry.kind == "refund" for entry in view.ledger)
    )
    await stripe_shop.check(back, second, TOTAL)
    await stripe_shop.check(back, intent)
