"""What a form would do, shown while it is filled in."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from console.dialogs import form as form_dialog
from console.dialogs.base import Question
from console.dialogs.form import FormDialog
from console.forms.form import ModelForm
from tests.support.eventually import eventually
from tests.support.forms import asked, fill
from workflows.orders.payments.refund_models import RefundLines
from workflows.shared.errors import RefusedError

T = TypeVar("T")


async def test_the_preview_follows_what_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_dialog, "PREVIEW_PAUSE", 0.01)

    async def preview(refund: RefundLines) -> str:
        if refund.reason == "never":
            raise RefusedError("lines.0.quantity: too many", "InvalidRequest")
        return f"refunds {sum(line.quantity or 0 for line in refund.lines or [])} pieces"

    given = {"by": "ana", "reason": "late", "lines": [{"sku": "SKU-CHAIR", "quantity": 2}]}
    dialog = FormDialog(Question("Refund", effect="refunds all"), RefundLines, given, None, preview)
    async with asked(dialog) as pilot:
        for typed, expected in (
            ({"lines.0.quantity": "1"}, "refunds 1 pieces"),
            ({"lines.0.quantity": "x"}, "what it does shows when the fields are complete"),
            ({"lines.0.quantity": "2"}, "refunds all"),
            ({"reason": "never"}, "▲ line 1, quantity: too many"),
        ):
            await fill(pilot, typed)
            await eventually(
                lambda: _paused(pilot, lambda: str(dialog.query_one(".dialog--effect", Static).render())),
                lambda shown, expected=expected: shown == expected,  # type: ignore[misc]
            )


async def test_no_preview_is_asked_for_while_the_answer_is_awaited_and_a_refusal_asks_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(form_dialog, "PREVIEW_PAUSE", 0.01)
    asked_for, sent, answer = Counter[str](), asyncio.Event(), asyncio.Event()

    async def preview(refund: RefundLines) -> str:
        asked_for[refund.reason] += 1
        return f"refunds because of {refund.reason}"

    async def send(_: object) -> None:
        sent.set()
        dialog.post_message(ModelForm.Edited())  # the last key was typed just before
        await answer.wait()
        raise RefusedError("the order has been cancelled", "InvalidRequest")

    given = {"by": "ana", "reason": "late", "lines": [{"sku": "SKU-CHAIR", "quantity": 2}]}
    dialog = FormDialog(Question("Refund", effect="refunds all", submit=send), RefundLines, given, None, preview)
    async with asked(dialog) as pilot:
        await fill(pilot, {"reason": "damaged"})
        await eventually(lambda: _paused(pilot, lambda: asked_for["damaged"]), lambda count: count == 1)
        await pilot.press("ctrl+s")
        await sent.wait()
        await pilot.pause(0.1)
        assert asked_for == {"damaged": 1}
        answer.set()
        await eventually(lambda: _paused(pilot, lambda: asked_for["damaged"]), lambda count: count == 2)


async def _paused(pilot: Pilot[None], look: Callable[[], T]) -> T:
    await pilot.pause()
    return look()
