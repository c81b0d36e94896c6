"""The orders tab on a real server with the real workflow."""

import re
from typing import Any

import pytest
from textual.command import DiscoveryHit
from textual.screen import Screen
from textual.widgets import Input, OptionList

from console.commands.palette import ConsoleCommands
from console.dialogs.form import FormDialog
from tests.support.console_app import Console, running_console, session_state
from tests.support.forms import fill, problem
from tests.support.orders import Shop, payment
from tests.support.temporal import fresh
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest, OrderStatus

SLOW = 3600
"""Seconds that each step of an order takes that a test wants to see under way."""


async def unpaid(shop: Shop, **changes: object) -> OrderRequest:
    """Start an order that waits for its payment."""
    return await shop.start(fulfilment_seconds_per_step=SLOW, **changes)


async def test_a_new_order_is_started_and_selected(shop: Shop) -> None:
    async with running_console(shop.client) as console:
        await console.open("n")
        order_id = fresh("ORD")
        await console.send(
            {
                "order_id": order_id,
                "customer.customer_id": "CUST-1",
                "customer.name": "Radia Perlman",
                "customer.email": "radia@example.com",
                "lines.0.sku": "SKU-CHIAR",
                "lines.0.name": "Chair",
                "lines.0.quantity": "2",
                "lines.0.unit_price": "49.50",
                "shipping_address.name": "Radia Perlman",
                "shipping_address.line1": "1 Spanning Tree",
                "shipping_address.city": "Boston",
                "shipping_address.postal_code": "02110",
                "shipping_address.country": "US",
            },
            refused="unknown SKU SKU-CHIAR",
        )
        assert problem(console.pilot, "lines.0.sku") == "unknown SKU SKU-CHIAR: did you mean SKU-CHAIR?"
        assert "line 1, SKU: unknown SKU SKU-CHIAR" in console.answer
        await console.until(lambda: "refused: line 1, SKU: unknown SKU SKU-CHIAR" in console.receipt)
        await console.send({"lines.0.sku": "SKU-CHAIR"})  # under the same ID
        await console.told(f"✔ new order {order_id}: accepted, $99.00 for Radia Perlman · ")
        await console.until(lambda: "$99.00" in console.details and "Radia" in console.details)
    started = await shop.orders.get_order(order_id)
    assert started.request.total == 9_900


async def test_paying_takes_the_amount_due_and_shows_the_answer_at_once(shop: Shop) -> None:
    request = await unpaid(shop)
    async with running_console(shop.client) as console:
        dialog = await console.open("p", workflow_id(request.order_id), "p  Confirm payment")
        values = [field.value for field in dialog.query(Input)]
        assert values[0].startswith("pay_")
        assert values[1:] == ["120.00", "USD", "card"]
        await console.send()
        receipt = rf"✔ confirm payment {request.order_id}: accepted, received \$120\.00 · \d+\.\d\d s"
        await console.until(lambda: re.match(receipt, console.receipt))
        await console.until(lambda: "◐ FULFILLING" in console.details)
        await console.until(lambda: _stage(console, request) == "FULFILLING")
    paid = await shop.orders.get_order(request.order_id)
    assert [entry.payment_id for entry in paid.ledger] == [values[0]]


def _stage(console: Console, request: OrderRequest) -> str | None:
    rows = console.table.shown_rows
    return next((row.stage for row in rows if row.business_id == request.order_id), None)


async def test_a_refused_payment_stays_in_the_dialog_with_the_orders_own_words(shop: Shop) -> None:
    request = await unpaid(shop)
    async with running_console(shop.client) as console:
        dialog = await console.open("p", workflow_id(request.order_id), "p  Confirm payment")
        await console.send({"amount": "50.00", "currency": "EUR"}, refused="the order costs $120.00, not €50.00")
        refused = f"✖ confirm payment {request.order_id}: refused: the order costs $120.00, not €50.00"
        await console.until(lambda: console.receipt.startswith(refused))
        assert [field.value for field in dialog.query(Input)][1] == "50.00"
        await console.press("escape", "escape")  # what was typed is asked about
        await console.closed()


async def test_a_part_of_the_price_is_accepted_and_says_what_is_missing(shop: Shop) -> None:
    request = await unpaid(shop)
    async with running_console(shop.client) as console:
        await console.open("p", workflow_id(request.order_id), "p  Confirm payment")
        assert console.text(".dialog--effect") == "takes $120.00, starts picking"
        await fill(console.pilot, {"amount": "130.00"})
        await console.until(lambda: "$10.00 too much goes back" in console.text(".dialog--effect"))
        await fill(console.pilot, {"amount": "50.00"})
        await console.until(lambda: "$70.00 is missing until" in console.text(".dialog--effect"))
        await console.send()
        paid = f"✔ confirm payment {request.order_id}: accepted, received $50.00 of $120.00, $70.00 missing until"
        await console.until(lambda: console.receipt.startswith(paid))
        await console.until(lambda: "still to pay" in console.details)
        assert "received $50.00 of $120.00, $70.00 missing" in " ".join(console.details.split())
        assert "Refused" not in console.details


async def test_cancelling_names_its_target_and_effect_and_asks_why(shop: Shop) -> None:
    request = await unpaid(shop)
    await shop.pay(request, payment("pay_77"))
    async with running_console(shop.client) as console:
        dialog = await console.open("c", workflow_id(request.order_id), "c  Cancel")
        words = " ".join(str(label.render()) for label in dialog.query(".dialog--target, .dialog--effect"))
        effect = "asks the warehouse to stop, then refunds $120.00 to pay_77, releases 3 pieces"
        assert words == f"{request.order_id} · Ada Lovelace {effect}"
        await console.press("n", "o", "escape", "escape")  # asked once, and leaving changes nothing
        await console.closed()
        assert console.receipt == ""
        assert (await shop.orders.get_order(request.order_id)).status == OrderStatus.FULFILLING
        await console.open("c")
        await console.send("wrong address")
        await console.told(f"✔ cancel order {request.order_id}: accepted, {effect}")
        await console.until(lambda: "✖ CANCELLED" in console.details)
    cancelled = await shop.orders.get_order(request.order_id)
    assert cancelled.status == OrderStatus.CANCELLED
    assert "wrong address" in (cancelled.reason or "")


async def test_the_dialog_keeps_its_target_when_the_cursor_moves_and_asks_again_when_it_changes(shop: Shop) -> None:
    request, newer = await unpaid(shop), None
    async with running_console(shop.client) as console:
        await console.open("c", workflow_id(request.order_id), "c  Cancel")
        newer = await unpaid(shop)
        await console.until(lambda: _stage(console, newer) is not None)
        console.table.select(workflow_id(newer.order_id))
        await shop.pay(request)
        await console.send("x", refused="stage: awaiting payment → fulfilling")
        assert "payment: unpaid → paid" in console.answer
        assert "recorded $120.00" in console.answer
        assert "refunds $120.00" in console.text(".dialog--effect")
        await console.send()
    assert (await shop.orders.get_order(newer.order_id)).status == OrderStatus.AWAITING_PAYMENT
    await shop.until_status(request, OrderStatus.CANCELLED)


async def test_a_key_that_is_not_legal_is_dimmed_and_says_why(shop: Shop) -> None:
    request = await unpaid(shop)
    await shop.cancel(request)
    await shop.ended(request)
    async with running_console(shop.client) as console:
        await console.focus(workflow_id(request.order_id), " · Cancel order")
        await console.until(lambda: console.footer["Cancel"] is False)
        await console.refused("c", f"· cancel order {request.order_id}: not possible, the order is cancelled")
        assert not console.dialogs


async def test_read_only_changes_nothing_and_says_so(shop: Shop) -> None:
    request = await unpaid(shop)
    async with running_console(shop.client, read_only=True) as console:
        await console.focus(workflow_id(request.order_id), "What you can do")
        for key in "npc":
            await console.refused(key, "--read-only")
            assert not console.dialogs
        assert console.footer["New"] is False


@pytest.mark.parametrize("ssh", ["", "10.0.0.1 22"])
async def test_id_and_web_page_are_at_hand(shop: Shop, monkeypatch: pytest.MonkeyPatch, ssh: str) -> None:
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    if ssh:
        monkeypatch.setenv("SSH_CONNECTION", ssh)
    request = await unpaid(shop)
    async with running_console(shop.client, state=session_state(ui_url="http://ui:8233/")) as console:
        await console.focus(workflow_id(request.order_id), "AWAITING PAYMENT")
        await console.press("y")
        await console.until(lambda: console.receipt == f"· copied {request.order_id}")
        assert console.app.clipboard == request.order_id
        run = f"order-{request.order_id}/{console.row.key.run_id}"
        url = f"http://ui:8233/namespaces/default/workflows/{run}/history"
        await console.press("o")
        await console.until(lambda: console.receipt == f"· {'open' if ssh else 'opened'} {url}")
    assert opened == ([] if ssh else [url])


async def test_history_and_payload_are_views_of_the_details(shop: Shop) -> None:
    request = await unpaid(shop)
    async with running_console(shop.client) as console:
        await console.focus(workflow_id(request.order_id), "AWAITING PAYMENT")
        await console.press("v")
        await console.until(lambda: "workflow execution started" in console.details)
        assert "open_order" in console.details
        before = console.details
        await shop.pay(request)
        await console.until(lambda: "workflow execution signaled  confirm_payment" in console.details)
        assert console.details != before
        await console.press("v")
        await console.until(lambda: f'    "order_id": "{request.order_id}"' in console.details)


async def test_the_palette_has_every_action_of_every_pane(shop: Shop) -> None:
    async with running_console(shop.client) as console:
        provider = ConsoleCommands(console.app.screen)
        names = [hit.text async for hit in provider.discover() if isinstance(hit, DiscoveryHit)]
        for pane in console.app.panes.values():
            for state in pane.states():
                assert any((name or "").startswith(f"{pane.system.title}: {state.command.title}") for name in names)
        await console.press("ctrl+p", *"approvals new")
        await console.until(lambda: _hits(console.app.screen) == 1)
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, FormDialog))
        assert console.pane.system.name == "approvals"


def _hits(palette: Screen[Any]) -> int:
    return sum(found.option_count for found in palette.query(OptionList))
