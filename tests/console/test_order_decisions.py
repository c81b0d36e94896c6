"""What an operator decides about an order by an update, from the orders tab, on a real server."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError
from textual.widgets import Input

from console.dialogs.confirm import ConfirmDialog
from console.systems.orders.commands import COMMANDS
from tests.support.console_app import running_console
from tests.support.forms import control, fill
from tests.support.orders import Shop, payment
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderStatus, PaymentStatus

SLOW = 3600
"""Seconds of a step that a test wants to see under way."""

SHELF = {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": 4_000}
CHAIRS = {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 2, "unit_price": 5_000}


def test_every_command_has_a_name_of_its_own() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)


async def test_the_customer_gets_more_time_to_pay(shop: Shop) -> None:
    request = await shop.start()
    before = await shop.orders.get_order(request.order_id)
    async with running_console(shop.client) as console:
        await console.open("x", workflow_id(request.order_id), "x  Extend")
        await console.send({"seconds": str(SLOW), "reason": "on holiday"})
        await console.told(f"✔ extend payment window {request.order_id}: accepted")
        await console.told("chen")
        await console.told("on holiday")
    after = await shop.orders.get_order(request.order_id)
    assert before.due_at
    assert after.due_at
    assert after.due_at - before.due_at == timedelta(seconds=SLOW)


async def test_a_parked_payment_is_shown_and_accepted_once_the_right_one_is_named(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=SLOW)
    short = payment(amount=11_000)
    await shop.pay(request, short)
    async with running_console(shop.client) as console:
        await console.open("d", workflow_id(request.order_id), "Parked payments")
        assert getattr(control(console.pilot, "payment_id"), "value", None) == short.payment_id
        await console.until(lambda: console.app.focused is control(console.pilot, "decision"))
        await console.send({"payment_id": "pay-unheard-of", "decision": 0, "reason": "a mistake"}, refused="unheard-of")
        assert [parked.payment_id for parked in (await shop.orders.get_order(request.order_id)).parked] == [
            short.payment_id
        ]
        await console.send({"payment_id": short.payment_id, "reason": "a good customer"})
        await console.told("accepted")
        await console.told("a good customer")
    view = await shop.until_status(request, OrderStatus.FULFILLING)
    assert (view.payment_status, view.parked) == (PaymentStatus.PAID, [])


async def test_missing_pieces_are_decided_about(shop: Shop) -> None:
    request = await shop.start(lines=[CHAIRS, SHELF], when_short="ask")
    async with running_console(shop.client) as console:
        await console.open("d", workflow_id(request.order_id), "SKU-SHELF: 1 wanted, 0 there")
        await console.send({"decision": 2, "reason": "not made any more"})
        await console.until(lambda: "cancelled: 1 × SKU-SHELF" in console.details)  # noqa: RUF001 - meant
    view = await shop.until_status(request, OrderStatus.AWAITING_PAYMENT)
    assert [(line.sku, line.quantity) for line in view.cancelled_lines] == [("SKU-SHELF", 1)]


async def test_what_is_left_to_pay_is_shown_and_asked_for(shop: Shop) -> None:
    request = await shop.start(lines=[CHAIRS, SHELF], when_short="cancel_lines", fulfilment_seconds_per_step=SLOW)
    async with running_console(shop.client) as console:
        await console.focus(workflow_id(request.order_id), "p  Confirm payment")
        shown = " ".join(console.details.split())
        assert "cancelled -$40.00" in shown
        assert "total $100.00 unpaid" in shown
        dialog = await console.open("p")
        assert [field.value for field in dialog.query(Input)][1:] == ["100.00", "USD", "card"]
        await console.send()
        await console.told("accepted, received $100.00 · ")
    assert (await shop.until_status(request, OrderStatus.FULFILLING)).payment_status == PaymentStatus.PAID


async def test_a_refund_shows_its_exact_effect_and_is_sent_only_when_that_is_confirmed(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=SLOW)
    await shop.pay(request)
    async with running_console(shop.client) as console:
        await console.open("r", workflow_id(request.order_id), "r  Refund")
        await fill(console.pilot, {"lines.0.quantity": "1", "lines.1.quantity": "1", "reason": "scratched"})
        await console.press("ctrl+s")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        assert "$70.00" in console.text(".dialog--effect")
        await console.press("escape")
        await console.until(lambda: "nothing was sent" in console.answer)
        assert [entry.kind for entry in (await shop.orders.get_order(request.order_id)).ledger] == ["capture"]
        await console.press("ctrl+s")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        await console.send()
    view = await shop.until(request, lambda view: any(entry.kind == "refund" for entry in view.ledger))
    assert [entry.amount for entry in view.ledger if entry.kind == "refund"] == [7_000]


async def closed_bank(_: object) -> str:
    raise ApplicationError("the bank is closed", non_retryable=True)


async def test_a_stuck_step_is_tried_again_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    request = await shop.start(fulfilment_seconds_per_step=SLOW)
    await shop.pay(request)
    monkeypatch.setattr(shop.world.payments, "refund", closed_bank)
    await shop.cancel(request)
    async with running_console(shop.client) as console:
        await console.open("t", workflow_id(request.order_id), "Stuck")
        assert str(getattr(control(console.pilot, "step"), "value", "")).startswith("refund/")
        await fill(console.pilot, {"decision": 1, "reason": "no"})  # money must have an owner
        await console.press("ctrl+s")
        await console.until(lambda: "▲" in console.answer)
        monkeypatch.undo()
        await console.send({"decision": 0, "reason": "the bank is back"})
        await console.until(lambda: "✖ CANCELLED" in console.details)
    view = await shop.orders.get_order(request.order_id)
    assert view.payment_status == PaymentStatus.REFUNDED
