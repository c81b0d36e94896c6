"""What an operator decides about an order by an update, from the orders tab, on a real server."""

from datetime import timedelta

import pytest
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError
from textual.pilot import Pilot
from textual.widgets import Input

from console.dialogs.confirm import ConfirmDialog
from console.dialogs.form import FormDialog
from console.systems.orders.commands import COMMANDS
from tests.support.console_app import (
    answer_line,
    closed,
    details,
    focus,
    open_dialog,
    receipt,
    running_console,
    until,
)
from tests.support.forms import control, fill
from tests.support.orders import Shop, payment
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest, OrderStatus, PaymentStatus

SLOW = 3600
"""Seconds of a step that a test wants to see under way."""

SHELF = {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": 4_000}
CHAIRS = {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 2, "unit_price": 5_000}


async def asked(pilot: Pilot[None], request: OrderRequest, key: str, words: str) -> FormDialog[BaseModel]:
    """Put an order in focus, wait until its details say ``words``, and open the form of a key."""
    await focus(pilot, workflow_id(request.order_id), words)
    dialog = await open_dialog(pilot, key)
    assert isinstance(dialog, FormDialog)
    return dialog


def test_every_command_has_a_name_of_its_own() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)


async def test_the_customer_gets_more_time_to_pay(shop: Shop) -> None:
    request = await shop.start()
    before = await shop.orders.get_order(request.order_id)
    async with running_console(shop.client, "chen") as pilot:
        await asked(pilot, request, "x", "x  Extend")
        await fill(pilot, {"seconds": str(SLOW), "reason": "on holiday"})
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert f"✔ extend the payment window {request.order_id}: accepted" in receipt(pilot)
        assert "chen" in receipt(pilot)
        assert "on holiday" in receipt(pilot)
    after = await shop.orders.get_order(request.order_id)
    assert before.due_at
    assert after.due_at
    assert after.due_at - before.due_at == timedelta(seconds=SLOW)


async def test_a_parked_payment_is_shown_and_accepted(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=SLOW)
    short = payment(amount=11_000)
    await shop.pay(request, short)
    async with running_console(shop.client, "chen") as pilot:
        await asked(pilot, request, "d", "Parked payments")
        assert getattr(control(pilot, "payment_id"), "value", None) == short.payment_id
        await until(pilot, lambda: pilot.app.focused is control(pilot, "decision"), "the choice to be made is in focus")
        await fill(pilot, {"decision": 0, "reason": "a good customer"})
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert "accepted" in receipt(pilot)
        assert "a good customer" in receipt(pilot)
    view = await shop.until_status(request, OrderStatus.FULFILLING)
    assert (view.payment_status, view.parked) == (PaymentStatus.PAID, [])


async def test_a_decision_that_is_refused_stays_in_the_form(shop: Shop) -> None:
    request = await shop.start()
    foreign = payment(amount=11_000)
    await shop.pay(request, foreign)
    async with running_console(shop.client, "chen") as pilot:
        dialog = await asked(pilot, request, "d", "Parked payments")
        await fill(pilot, {"payment_id": "pay-unheard-of", "decision": 1, "reason": "a mistake"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "pay-unheard-of" in answer_line(dialog), "the refusal")
        await pilot.press("escape", "escape")
        await closed(pilot)
    assert [parked.payment_id for parked in (await shop.orders.get_order(request.order_id)).parked] == [
        foreign.payment_id
    ]


async def test_missing_pieces_are_decided_about(shop: Shop) -> None:
    request = await shop.start(lines=[CHAIRS, SHELF], when_short="ask")
    async with running_console(shop.client, "chen") as pilot:
        await asked(pilot, request, "d", "SKU-SHELF: 1 wanted, 0 there")
        await fill(pilot, {"decision": 2, "reason": "not made any more"})
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "cancelled: 1 × SKU-SHELF" in details(pilot), "what was cancelled")  # noqa: RUF001 - meant
    view = await shop.until_status(request, OrderStatus.AWAITING_PAYMENT)
    assert [(line.sku, line.quantity) for line in view.cancelled_lines] == [("SKU-SHELF", 1)]


async def test_what_is_left_to_pay_is_shown_and_asked_for(shop: Shop) -> None:
    request = await shop.start(lines=[CHAIRS, SHELF], when_short="cancel_lines", fulfilment_seconds_per_step=SLOW)
    async with running_console(shop.client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "p  Confirm payment")
        shown = " ".join(details(pilot).split())
        assert "cancelled -$40.00" in shown
        assert "total $100.00 unpaid" in shown
        dialog = await open_dialog(pilot, "p")
        assert [field.value for field in dialog.query(Input)][1:] == ["100.00", "USD", "card"]
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert "accepted, $100.00 taken" in receipt(pilot)
    assert (await shop.until_status(request, OrderStatus.FULFILLING)).payment_status == PaymentStatus.PAID


async def test_a_refund_shows_its_exact_effect_before_it_is_sent(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=SLOW)
    await shop.pay(request)
    async with running_console(shop.client, "chen") as pilot:
        await asked(pilot, request, "r", "r  Refund")
        await fill(pilot, {"lines.0.quantity": "1", "lines.1.quantity": "1", "reason": "scratched"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog), "the question")
        words = " ".join(str(label.render()) for label in pilot.app.screen.query(".dialog--effect"))
        assert "$70.00" in words
        await pilot.press("ctrl+s")
        await closed(pilot)
    view = await shop.until(request, lambda view: any(entry.kind == "refund" for entry in view.ledger))
    assert [entry.amount for entry in view.ledger if entry.kind == "refund"] == [7_000]


async def test_a_refund_that_is_not_confirmed_is_not_sent(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=SLOW)
    await shop.pay(request)
    async with running_console(shop.client, "chen") as pilot:
        dialog = await asked(pilot, request, "r", "r  Refund")
        await fill(pilot, {"reason": "scratched"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog), "the question")
        await pilot.press("escape")
        await until(pilot, lambda: "nothing was sent" in answer_line(dialog), "the form again")
        await pilot.press("escape", "escape")
        await closed(pilot)
    view = await shop.orders.get_order(request.order_id)
    assert [entry.kind for entry in view.ledger] == ["capture"]


async def closed_bank(**_: object) -> str:
    raise ApplicationError("the bank is closed", non_retryable=True)


async def test_a_stuck_step_is_tried_again_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    request = await shop.start(fulfilment_seconds_per_step=SLOW)
    await shop.pay(request)
    monkeypatch.setattr(shop.world.payments, "refund", closed_bank)
    await shop.cancel(request)
    async with running_console(shop.client, "chen") as pilot:
        dialog = await asked(pilot, request, "t", "Stuck")
        assert str(getattr(control(pilot, "step"), "value", "")).startswith("refund/")
        await fill(pilot, {"decision": 1, "reason": "no"})  # money must have an owner
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "▲" in answer_line(dialog), "the refusal")
        monkeypatch.undo()
        await fill(pilot, {"decision": 0, "reason": "the bank is back"})
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "✖ CANCELLED" in details(pilot), "the cancelled order")
    view = await shop.orders.get_order(request.order_id)
    assert view.payment_status == PaymentStatus.REFUNDED
