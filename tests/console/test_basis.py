"""What has changed since somebody was asked is told once, and asks again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.widgets import Static, TextArea

from console.commands.availability import ActionState
from console.commands.basis import Basis, ChangedError, basis_of
from console.commands.command import AnyCommand, Target
from console.commands.runner import AnyCall, CommandRun
from console.dialogs.base import Question
from console.dialogs.confirm import ConfirmDialog
from console.dialogs.reason import ReasonDialog
from console.gateway.gateway import Gateway
from console.notice import Receipt
from console.systems.campaigns.commands import COMMANDS as CAMPAIGN_COMMANDS
from console.systems.orders.commands import COMMANDS
from console.systems.orders.system import ORDERS
from tests.support.eventually import eventually
from tests.support.forms import NOT_YET, answer, asked, submit
from workflows.campaigns.client import CampaignsClient
from workflows.orders.models import OrderStatus
from workflows.orders.views.models import OrderView
from workflows.shared.snapshot import Snapshot
from workflows.shared.summary import Summary
from workflows.shared.timeline import TimelineEntry

NOW = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
CANCEL = next(command for command in COMMANDS if command.name == "cancel_order")
PAUSE = next(command for command in CAMPAIGN_COMMANDS if command.name == "pause")


def basis(stage: OrderStatus, effect: str, *events: str, moves: bool = False, amount: int = 12_000) -> Basis:
    row = Summary(title="Ada", stage=stage, stage_since=NOW, owner="c", amount=amount, currency="USD", due_at=NOW)
    entries = [TimelineEntry(at=NOW + timedelta(minutes=index), text=text) for index, text in enumerate(events)]
    told: dict[str, Any] = {"timeline": entries}
    view = OrderView.model_construct(**told)
    answered: dict[str, Any] = {"view": view, "row": row, "facts": {"payment": "unpaid"}}
    snapshot = Snapshot[OrderView].model_construct(**answered)
    state = ActionState(CANCEL, allowed=True, effect=effect, moves=moves)
    return basis_of(ORDERS, snapshot, state, Target("chen", "1", view, f"order of {amount}", effect))


def test_stage_amount_and_who_did_it_are_told_and_figures_that_move_are_not() -> None:
    seen = basis(OrderStatus.AWAITING_PAYMENT, "no refund due", "created")
    assert seen.changes(basis(OrderStatus.AWAITING_PAYMENT, "no refund due", "created", "an e-mail went out")) == []
    paid = basis(OrderStatus.FULFILLING, "refunds $120.00", "created", "paid", "picked", "packed", "moved")
    assert seen.changes(paid) == [
        "stage: awaiting payment → fulfilling",
        "2025-01-31 14:32 UTC picked",
        "2025-01-31 14:33 UTC packed",
        "2025-01-31 14:34 UTC moved",
    ]
    cheaper = basis(OrderStatus.AWAITING_PAYMENT, "no refund due", "created", amount=0)
    assert seen.changes(cheaper) == ["amount: $120.00 → $0.00"]
    noted = replace(seen, facts={**seen.facts, "payment": "", "stuck": "refund"})
    assert seen.changes(noted) == ["payment: unpaid → none", "stuck: none → refund"]
    other = basis(OrderStatus.AWAITING_PAYMENT, "releases 3 pieces", "created")
    assert seen.changes(other) == ["it said before: no refund due"]
    assert seen.changes(basis(OrderStatus.AWAITING_PAYMENT, "stops 79 sends", "created", moves=True)) == []


async def test_the_dialog_shows_it_keeps_what_was_typed_and_asks_again() -> None:
    sent: list[str] = []
    now = basis(OrderStatus.FULFILLING, "refunds $120.00", amount=100)

    async def send(words: str) -> None:
        sent.append(words)
        if len(sent) == 1:
            raise ChangedError(now, ["stage: awaiting payment → fulfilling", "[b]picked\x1b[31m"])

    dialog = ReasonDialog(Question("Cancel order", "order of 12000", "no refund due", submit=send))
    async with asked(dialog) as pilot:
        await pilot.press(*"no")
        assert await submit(pilot) is NOT_YET
        said = answer(pilot)
        assert "nothing was sent yet" in said
        assert "stage: awaiting payment → fulfilling\n[b]picked" in said
        assert "\x1b" not in said
        assert said.endswith("ctrl+s sends it now")
        texts = [str(text.render()) for text in dialog.query(".dialog--target, .dialog--effect").results(Static)]
        assert texts == ["order of 100", "refunds $120.00"]
        assert dialog.query_one(TextArea).text == "no"
        assert await submit(pilot) == "no"
    assert sent == ["no", "no"]


async def test_a_command_that_asks_nothing_asks_when_it_is_not_what_the_screen_showed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = list[AnyCall]()

    async def perform(_: object, command: AnyCommand, call: AnyCall) -> tuple[Receipt, None]:
        calls.append(call)
        return Receipt(None, command.verb, "1", "no answer came", 0.1, 1), None

    monkeypatch.setattr("console.commands.runner.perform", perform)
    seen, running = (basis(stage, "no send begins") for stage in (OrderStatus.AWAITING_PAYMENT, OrderStatus.FULFILLING))
    ended = replace(running, state=replace(running.state, allowed=False, why="it has ended"))
    looks = iter([ended, running, running])

    async def look() -> Basis:
        return next(looks)

    async def nothing(_: object) -> None:
        return None

    gateway = cast("Gateway", SimpleNamespace(domain=lambda _: None))
    async with asked(ReasonDialog(Question("Below"))) as pilot:
        run = CommandRun(pilot.app.screen, gateway, CampaignsClient, PAUSE, seen, nothing, look)
        await run.start()
        assert (calls, pilot.app.screen) == ([], run.node)
        pilot.app.run_worker(run.start())
        await eventually(lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.pause()
        said = str(pilot.app.screen.query_one(".dialog--effect", Static).render())
        assert "nothing was sent yet:\nstage: awaiting payment → fulfilling\nno send begins" in said
        assert not calls
        await pilot.press("ctrl+s")
        await eventually(lambda: "no answer came" in answer(pilot))
        assert len(calls) == 1
