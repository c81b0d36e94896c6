"""The tabs with their rows and details, and the screens above them."""

from uuid import UUID

import pytest
from textual.command import CommandList
from textual.widgets import Static

from console.app import NARROW
from console.systems.orders import commands
from tests.screens.conftest import STYLED as STYLED_SIZE
from tests.screens.conftest import Check, Size
from tests.screens.frozen import frozen_console
from tests.support.console_app import Console

STEPS = {
    "1": [
        ("orders", "", "awaiting pay"),
        ("order-details", "enter", "esc Back"),
        ("order-history", "v", "workflow execution signaled"),
        ("order-payload", "v", '"order_id"'),
        ("order-not-now", "v escape d", "not possible"),
        ("order-new", "n", "Create order"),
        ("order-pay", "escape p", "Confirm payment"),
        ("order-cancel", "escape c", "Cancel order"),
        ("order-help", "escape question_mark", "Help · Orders"),
        ("order-terminated", "escape end enter", "cleaned"),
        ("orders-stage", "escape right right", "1-1 of all 6"),
        ("orders-none", "slash z z", "No order matches"),
        ("orders-where", "escape slash w h e r e : space b i z", "tab BizAmount"),
        ("orders-export", "escape E", "Export orders"),
        ("orders-arrange", "escape S down down enter", "by amount"),
        ("orders-views", "escape F", "Views of orders"),
        ("orders-copy", "escape Y", "Copy as a command"),
    ],
    "2": [
        ("approvals", "", "in review"),
        ("approval-details", "enter", "esc Back"),
        ("approve", "escape a", "if you like"),
        ("reject", "escape r", "Reject request"),
    ],
    "3": [
        ("campaigns", "", "running"),
        ("campaign-details", "enter", "esc Back"),
        ("cancel", "escape c", "No, leave it"),
        ("users", "escape u", "filled by"),
        ("plot-sends", "escape g", "┏"),
        ("plot-usage", "right", "Cap usage · 2 a day"),
        ("plot-figures", "f", "48 %"),
    ],
}
"""By tab: the snapshots, the keys that lead from one to the next, and the words that then show."""

STYLED = {"orders", "order-not-now", "order-help", "approvals", "campaigns", "users"}


async def opened(console: Console, tab: str) -> None:
    """Turn to a tab, and wait until the workflow in focus has answered and the inbox is counted."""
    await console.press(tab)
    await console.until(lambda: "▲" in console.inbox)
    await console.until(lambda: "What you can do" in console.details)


@pytest.mark.parametrize("tab", STEPS)
async def test_tab(tab: str, size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "uuid4", lambda: UUID(int=1 << 127))
    async with frozen_console(monkeypatch, size) as console:
        await opened(console, tab)
        for name, keys, words in STEPS[tab]:
            await console.press(*keys.split())
            await check(console.pilot, name, styles=name in STYLED, words=words)


INBOX = [
    ("inbox", "i", "What you can do"),
    ("inbox-help", "question_mark", "Help · Inbox"),
    ("inbox-orders", "escape right right", "amount short"),
    ("inbox-stuck", "right right", "cleaned"),
]


async def test_inbox(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await opened(console, "1")
        for name, keys, words in INBOX:
            await console.press(*keys.split())
            await check(console.pilot, name, styles=name == "inbox", words=words)


async def test_payments(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await opened(console, "1")
        await console.press("P")
        await console.until(lambda: "Stuck" in console.details)
        await check(console.pilot, "payments", styles=True)
        await console.press("slash", "z", "z")
        await console.shows("No payment matches")
        await check(console.pilot, "payments-none")
        await console.press("escape")
        await console.until(lambda: console.table.line_count and "Stuck" in console.details)
        await console.until(lambda: all(state.allowed is not None for state in console.pane.states()))
        await console.press("question_mark")
        await console.shows("Help · Payments")
        await check(console.pilot, "payments-help")
        await console.press("escape")
        if size[0] < NARROW:  # else the details are beside the list, and enter goes on to the order
            await console.press("enter")
            await console.shows("re_3QnX7b")
            await check(console.pilot, "payment-details")
        await console.press("enter")
        await console.shows("ORD-20250131-142840")
        assert console.pane.system.name == "orders"
        assert console.row.business_id == "ORD-20250131-142840"


async def test_person(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await opened(console, "1")
        await console.press("u")
        await console.shows("Ada Lovelace · CUST-ADA · ada@example.com")
        await console.shows("consent")
        await check(console.pilot, "person", styles=True)
        await console.press("end")
        await check(console.pilot, "person-end")
        await console.press("question_mark")
        await console.shows("Help · One person")
        await check(console.pilot, "person-help")


async def test_light_theme(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size, theme="tconsole-light", read_only=True) as console:
        await opened(console, "1")
        await check(console.pilot, "orders-light", styles=True)


async def test_nothing_to_show(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size, empty=True) as console:
        for tab in STEPS:
            await console.press(tab)
            await console.until(lambda: console.pane.query_one(".empty").display)
            await check(console.pilot, f"empty-{tab}")


async def test_disconnected(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await opened(console, "1")
        console.app.gateway.health.error = "the server cannot be reached: connection refused"
        await console.press("f5")
        await console.until(lambda: "not connected" in console.status)
        await check(console.pilot, "disconnected", styles=True)


async def test_palette(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await opened(console, "1")
        await console.press("ctrl+p")
        await console.until(lambda: console.app.screen.query_one(CommandList).option_count)
        await check(console.pilot, "palette")
        assert console.receipt == ""


async def test_command_line(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await opened(console, "1")
        await console.press("colon", *"th")
        await console.shows("theme dark")
        await check(console.pilot, "command-line", styles=True)
        if size != STYLED_SIZE:
            return
        await console.press("tab", "tab", "enter")
        await console.until(lambda: console.app.theme == "tconsole-light")
        await console.press("colon", *"nonsense", "enter")
        await console.shows("there is no command 'nonsense'")
        await console.press("escape", "colon", "up", "enter")
        await console.press("colon", *"approvals", "enter")
        await console.until(lambda: console.pane.system.name == "approvals")
        await console.press("colon", *"order-ORD-20250131-142701", "enter")
        await console.until(lambda: console.row.business_id == "ORD-20250131-142701")
        await console.press("colon", *"open order-none", "enter")
        await console.until(lambda: "there is no order order-none at test · default" in console.receipt)
        await console.press("colon", *"open nothing", "enter")
        await console.until(lambda: "'nothing' is no workflow of these systems" in console.receipt)
        await console.press("colon", *"open user-actor-USER-001", "enter")
        await console.shows("user-actor-USER-001 · run")
        assert console.app.commands_typed[-2:] == ["open nothing", "open user-actor-USER-001"]
        await console.press("escape", "colon", *"namespace nowhere", "enter")
        await console.until(
            lambda: "not possible, the server has none; this is still test · default" in console.receipt
        )
        await console.press("colon", *"namespace other", "enter")
        await console.until(lambda: console.app.switched and not console.app.is_running)


async def test_keys_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"inbox": "ctrl+o", "approve": "Q", "help": "f1"}
    async with frozen_console(monkeypatch, STYLED_SIZE, keys=keys) as console:
        await opened(console, "2")
        assert "^o Inbox 4" in console.inbox
        assert "Q  Approve request" in console.details
        newest_first = console.rows
        await console.press("T")
        await console.shows("yours first, oldest first")
        assert console.rows == [newest_first[0], *reversed(newest_first[1:])]
        await console.press("T", "f1")
        await console.shows("Help · Approvals")
        assert "  ^o " in str(console.app.screen.query("#help-columns Static").last(Static).render())
        await console.press("escape", "a")
        assert not console.dialogs
        await console.open("Q")
        await console.press("escape", "ctrl+o")
        await console.until(lambda: console.app.inbox_open)
        await console.press("i")
        assert console.app.inbox_open
