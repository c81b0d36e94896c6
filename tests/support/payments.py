"""The front door of payments as a gateway sees it, for tests."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.support.eventually import eventually
from tests.support.orders import TOTAL, Shop
from tests.support.temporal import fresh
from workflows.orders.models import DecidePayment, OrderRequest, PaymentConfirmation
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentIntakeView, PaymentRequest, PaymentStage


def money_for(order_id: str, payment_id: str | None = None, **changes: Any) -> PaymentRequest:  # noqa: ANN401 - any field
    """Return a payment of the right amount for an order, with ``changes``."""
    fields: dict[str, Any] = {
        "payment_id": payment_id or fresh("pay"),
        "order_id": order_id,
        "amount": TOTAL,
        "currency": "USD",
        "method": "card",
    }
    return PaymentRequest.model_validate(fields | changes)


def at_the_door(shop: Shop) -> PaymentsClient:
    """Return the client of the shop's front door."""
    return PaymentsClient(shop.client, task_queue=shop.task_queue)


async def until_door(shop: Shop, payment_id: str, reached: Callable[[PaymentIntakeView], bool]) -> PaymentIntakeView:
    """Wait until the payment looks as wanted, and return it."""
    return await eventually(partial(at_the_door(shop).get_payment, payment_id), reached)


async def until_stage(shop: Shop, payment_id: str, stage: PaymentStage) -> None:
    """Wait until the payment has come to that stage."""
    await until_door(shop, payment_id, lambda view: view.stage == stage)


def sent_back(shop: Shop, payment_id: str) -> list[int]:
    """Return what went back of a payment."""
    return [amount for refunded, amount, _ in shop.world.payments.refunds.values() if refunded == payment_id]


def moves(shop: Shop, payment_id: str) -> tuple[int, list[int]]:
    """Return what was captured of a payment, and what went back."""
    return shop.world.payments.captures[payment_id][1], sent_back(shop, payment_id)


def as_signal(request: PaymentRequest) -> PaymentConfirmation:
    """Return the same payment as the order's own signal tells of it."""
    return PaymentConfirmation.model_validate(request.model_dump(include=set(PaymentConfirmation.model_fields)))


def returned_mails(shop: Shop) -> list[str]:
    """Return the keys of the e-mails that say that money goes back."""
    return [key for key in shop.world.mailer.sent if key.endswith("/returned")]


async def decide(shop: Shop, request: OrderRequest, payment_id: str, decision: str) -> None:
    """Decide about a parked payment."""
    await shop.orders.decide_payment(
        request.order_id,
        DecidePayment.model_validate(
            {"payment_id": payment_id, "decision": decision, "by": "dora", "reason": "as she sees fit"}
        ),
    )
