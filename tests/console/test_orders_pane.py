"""The orders tab on a real server with the real workflow."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client
from textual.command import DiscoveryHit
from textual.screen import Screen
from textual.widgets import Input, OptionList

from console.app import ConsoleApp
from console.commands.palette import ConsoleCommands
from console.details.detail_view import DetailView
from console.dialogs.form import FormDialog
from console.dialogs.reason import ReasonDialog
from tests.support.console_app import (
    active,
    answer_line,
    closed,
    details,
    focus,
    focused,
    open_dialog,
    receipt,
    running_console,
    tab_text,
    until,
)
from tests.support.forms import fill
from tests.support.orders import Shop, payment
from tests.support.screen import footer, table_text
from tests.support.temporal import dev_server, fresh
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest, OrderStatus

SLOW = 3600
"""Seconds that each step of an order takes that a test wants to see under way."""


async def unpaid(shop: Shop, **changes: object) -> OrderRequest:
    """Start an order that waits for its payment."""
    return await shop.start(fulfilment_seconds_per_step=SLOW, **changes)


@pytest.fixture
def client(shop: Shop) -> Client:
    """Give the shop's client."""
    return shop.client


async def test_a_row_tells_customer_amount_stage_and_what_is_due(shop: Shop, client: Client) -> None:
    request = await unpaid(shop, customer={"customer_id": "C-1", "name": "Grace [b]H[/b]\x1b[2J", "email": "g@ex.com"})
    async with running_console(client, "chen") as pilot:
        await until(pilot, lambda: request.order_id in table_text(pilot), "the row")
        row = next(line for line in table_text(pilot).splitlines() if request.order_id in line)
        await until(pilot, lambda: "Orders" in tab_text(pilot, 1) and tab_text(pilot, 1)[-1].isdigit(), "the count")
    assert re.search(r"Grace \[b\]H\[/b\] .*\$120\.00 +◔ awaiting pay +\d+ s +23 h", row)
    assert "\x1b" not in row


async def test_the_details_show_everything_about_an_order(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    await shop.pay(request, payment(amount=5_000))
    await shop.pay(request, payment("pay_8812"))
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "pay_8812")
        shown = _unwrapped(details(pilot))
    for words in (
        "◐ FULFILLING",
        "Ada Lovelace · ada@example.com",
        "12 Analytical Way, 49007 Springfield, US",
        "2 ×  Chair  $100.00  reserved",  # noqa: RUF001 - the multiplication sign is meant
        "total  $120.00  paid",
        "+ captured  $120.00  pay_8812",
        "confirm payment: the order costs $120.00, not $50.00",
        "Timeline",
        "What you can do",
        "·  Confirm payment",
    ):
        assert _unwrapped(words) in shown


async def test_a_new_order_is_started_and_selected(shop: Shop, client: Client) -> None:
    async with running_console(client, "chen") as pilot:
        dialog = await open_dialog(pilot, "n")
        assert isinstance(dialog, FormDialog)
        order_id = fresh("ORD")
        await fill(
            pilot,
            {
                "order_id": order_id,
                "customer.customer_id": "CUST-1",
                "customer.name": "Radia Perlman",
                "customer.email": "radia@example.com",
                "lines.0.sku": "SKU-CHAIR",
                "lines.0.name": "Chair",
                "lines.0.quantity": "2",
                "lines.0.unit_price": "49.50",
                "shipping_address.name": "Radia Perlman",
                "shipping_address.line1": "1 Spanning Tree",
                "shipping_address.city": "Boston",
                "shipping_address.postal_code": "02110",
                "shipping_address.country": "US",
            },
        )
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert receipt(pilot).startswith(f"✔ new order {order_id}: accepted, $99.00 for Radia Perlman · ")
        await until(pilot, lambda: "$99.00" in details(pilot) and "Radia" in details(pilot), "the new order in focus")
    started = await shop.orders.get_order(order_id)
    assert started.request.total == 9_900


async def test_paying_takes_the_amount_due_and_shows_the_answer_at_once(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "p  Confirm payment")
        dialog = await open_dialog(pilot, "p")
        values = [field.value for field in dialog.query(Input)]
        assert values[0].startswith("pay_")
        assert values[1:] == ["120.00", "USD", "card"]
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert re.match(rf"✔ pay {request.order_id}: accepted, \$120\.00 taken · \d+\.\d\d s", receipt(pilot))
        await until(pilot, lambda: "◐ FULFILLING" in details(pilot), "the order under way")
        await until(pilot, lambda: _stage(pilot, request) == "FULFILLING", "the row under way")
    paid = await shop.orders.get_order(request.order_id)
    assert [entry.payment_id for entry in paid.ledger] == [values[0]]


def _stage(pilot: object, request: OrderRequest) -> str | None:
    rows = active(pilot).table.shown_rows  # type: ignore[arg-type]
    return next((str(row.stage) for row in rows if row.business_id == request.order_id), None)


async def test_a_refused_payment_stays_in_the_dialog_with_the_orders_own_words(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "p  Confirm payment")
        dialog = await open_dialog(pilot, "p")
        await fill(pilot, {"amount": "50.00"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "the order costs $120.00, not $50.00" in answer_line(dialog), "the refusal")
        assert receipt(pilot).startswith(f"✖ pay {request.order_id}: refused: the order costs $120.00, not $50.00")
        assert [field.value for field in dialog.query(Input)][1] == "50.00"
        await pilot.press("escape", "escape")  # what was typed is asked about
        await closed(pilot)


async def test_cancelling_names_its_target_and_effect_and_asks_why(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    await shop.pay(request, payment("pay_77"))
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "c  Cancel")
        dialog = await open_dialog(pilot, "c")
        assert isinstance(dialog, ReasonDialog)
        words = " ".join(str(label.render()) for label in dialog.query(".dialog--target, .dialog--effect"))
        effect = "asks the warehouse to stop, then refunds $120.00 to pay_77, releases 3 pieces"
        assert words == f"{request.order_id} · Ada Lovelace {effect}"
        await pilot.press(*"wrong address", "ctrl+s")
        await closed(pilot)
        assert receipt(pilot).startswith(f"✔ cancel {request.order_id}: accepted, {effect}")
        await until(pilot, lambda: "✖ CANCELLED" in details(pilot), "the cancelled order")
    cancelled = await shop.orders.get_order(request.order_id)
    assert cancelled.status == OrderStatus.CANCELLED
    assert "wrong address" in (cancelled.reason or "")


async def test_leaving_the_dialog_changes_nothing(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "c  Cancel")
        await open_dialog(pilot, "c")
        await pilot.press("n", "o", "escape")
        await closed(pilot)
        assert receipt(pilot) == ""
    assert (await shop.orders.get_order(request.order_id)).status == OrderStatus.AWAITING_PAYMENT


async def test_the_dialog_keeps_its_target_when_the_cursor_moves(shop: Shop, client: Client) -> None:
    request, newer = await unpaid(shop), None
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "c  Cancel")
        await open_dialog(pilot, "c")
        newer = await unpaid(shop)
        await until(pilot, lambda: _stage(pilot, newer) is not None, "a newer order in the list")
        active(pilot).table.select(workflow_id(newer.order_id))
        await pilot.press("x", "ctrl+s")
        await closed(pilot)
    assert (await shop.orders.get_order(newer.order_id)).status == OrderStatus.AWAITING_PAYMENT
    await shop.until_status(request, OrderStatus.CANCELLED)


async def test_a_key_that_is_not_legal_is_dimmed_and_says_why(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    await shop.cancel(request)
    await shop.ended(request)
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "·  Cancel")
        await until(pilot, lambda: footer(pilot)["Cancel"] is False, "the dimmed key")
        await pilot.press("c")
        await until(pilot, lambda: "not now" in receipt(pilot), "the reason")
        assert receipt(pilot) == f"· cancel {request.order_id}: not now, the order is cancelled"
        assert len(pilot.app.screen_stack) == 1


async def test_read_only_changes_nothing_and_says_so(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    async with running_console(client, "chen", read_only=True) as pilot:
        await focus(pilot, workflow_id(request.order_id), "What you can do")
        for key in "npc":
            await pilot.press(key)
            await pilot.pause()
            assert len(pilot.app.screen_stack) == 1
            assert "--read-only" in receipt(pilot)
        assert footer(pilot)["New"] is False


async def test_at_80_columns_enter_opens_the_details_over_the_list(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    async with running_console(client, "chen", size=(80, 24)) as pilot:
        await focus(pilot, workflow_id(request.order_id), "AWAITING PAYMENT")
        assert list(footer(pilot))[:3] == ["New", "Pay", "Cancel"]
        assert list(footer(pilot))[-3:] == ["Filter", "Help", "Quit"]
        pane = active(pilot)
        assert pane.table.region.width == 80
        detail = pane.query_one(DetailView)
        assert not detail.display
        await pilot.press("enter")
        await until(pilot, lambda: detail.region.width == 80, "the details over the list")
        assert "Back" in footer(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: pane.table.has_focus, "the list again")


@pytest.mark.parametrize("ssh", ["", "10.0.0.1 22"])
async def test_id_and_web_page_are_at_hand(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch, ssh: str
) -> None:
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    if ssh:
        monkeypatch.setenv("SSH_CONNECTION", ssh)
    request = await unpaid(shop)
    async with running_console(client, "chen", ui_url="http://ui:8233/") as pilot:
        await focus(pilot, workflow_id(request.order_id), "AWAITING PAYMENT")
        await pilot.press("y")
        await until(pilot, lambda: receipt(pilot) == f"· copied {request.order_id}", "the copied ID")
        assert pilot.app.clipboard == request.order_id
        run = f"order-{request.order_id}/{focused(pilot).key.run_id}"
        url = f"http://ui:8233/namespaces/default/workflows/{run}/history"
        await pilot.press("o")
        await until(pilot, lambda: receipt(pilot) == f"· {'open' if ssh else 'opened'} {url}", "the address")
    assert opened == ([] if ssh else [url])


async def test_history_and_payload_are_views_of_the_details(shop: Shop, client: Client) -> None:
    request = await unpaid(shop)
    async with running_console(client, "chen") as pilot:
        await focus(pilot, workflow_id(request.order_id), "AWAITING PAYMENT")
        await pilot.press("v")
        await until(pilot, lambda: "workflow execution started" in details(pilot), "the history")
        assert "open_order" in details(pilot)
        before = details(pilot)
        await shop.pay(request)
        await until(pilot, lambda: "workflow execution signaled  confirm_payment" in details(pilot), "the signal")
        assert details(pilot) != before
        await pilot.press("v")
        await until(pilot, lambda: f'    "order_id": "{request.order_id}"' in details(pilot), "the payload")


async def test_the_palette_has_every_action_of_every_pane(client: Client) -> None:
    async with running_console(client, "chen") as pilot:
        assert isinstance(pilot.app, ConsoleApp)
        provider = ConsoleCommands(pilot.app.screen)
        names = [hit.text async for hit in provider.discover() if isinstance(hit, DiscoveryHit)]
        for pane in pilot.app.panes.values():
            for state in pane.states():
                assert any((name or "").startswith(f"{pane.system.title}: {state.command.label}") for name in names)
        await pilot.press("ctrl+p", *"approvals new")
        await until(pilot, lambda: _hits(pilot.app.screen) == 1, "one hit")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, FormDialog), "the form of another tab")
        assert active(pilot).system.name == "approvals"


def _hits(palette: Screen[Any]) -> int:
    return sum(found.option_count for found in palette.query(OptionList))


async def test_an_empty_tab_says_which_key_creates_the_first(server_without_orders: Client) -> None:
    async with running_console(server_without_orders, "chen") as pilot:
        await until(pilot, lambda: "n creates the first order" in _empty(pilot), "the empty list")
        assert "tconsole store stock SKU QUANTITY" in _empty(pilot)


def _empty(pilot: object) -> str:
    return str(active(pilot).query_one(".empty").render())  # type: ignore[arg-type]


@pytest.fixture
async def server_without_orders() -> AsyncIterator[Client]:
    """Give a server on which there is nothing."""
    async with dev_server() as environment:
        yield environment.client


def _unwrapped(text: str) -> str:
    """Return the text without its line breaks and alignment."""
    return " ".join(text.split())
