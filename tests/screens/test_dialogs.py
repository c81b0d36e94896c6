"""Dialogs and forms."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel

from console.dialogs.base import Dialog, Question
from console.dialogs.confirm import ConfirmDialog
from console.dialogs.form import FormDialog
from console.dialogs.reason import ReasonDialog
from console.forms.form import ModelForm
from console.forms.layout import FormLayout
from tests.screens.conftest import Check, Size
from tests.support.forms import asked, fill
from workflows.approvals.models import ApprovalRequest
from workflows.campaigns.models import DEFAULT_POLICY, CampaignRequest, SetPolicy, SetPreferences
from workflows.orders.models import OrderRequest
from workflows.shared.errors import RefusedError

TARGET = "ORD-20250131-143022 · Žofie 日本語 [b]\x1b[31mLovelace[/b]"
EFFECT = "refunds $120.00 to pay_8812, releases 3 items and tells the customer by e-mail"
FORMS: dict[str, Callable[[], Dialog[BaseModel]]] = {
    "order": lambda: FormDialog(
        Question("New order", accept="Create"), OrderRequest, {"order_id": "ORD-1", "currency": "USD"}
    ),
    "approval": lambda: FormDialog(
        Question("New request", accept="Create"),
        ApprovalRequest,
        {"requester": "ana", "amount": 184_000, "currency": "EUR", "details": {"from": "2025-05-01", "days": 3}},
        layout=FormLayout(more=frozenset({"levels"}), choices={"kind": ["leave", "expense"]}),
    ),
    "campaign": lambda: FormDialog(
        Question("New campaign", accept="Create"), CampaignRequest, {"channel": "sms", "name": "Spring sale"}
    ),
    "caps": lambda: FormDialog(
        Question("Set caps", "USER-017", "of 12 sends in the last 30 days none would have been refused"),
        SetPolicy,
        {"policy": DEFAULT_POLICY},
        layout=FormLayout(fixed={"by": "ada"}),
    ),
    "preferences": lambda: FormDialog(
        Question("Set preferences", "USER-017", "decides which campaigns may reach USER-017"),
        SetPreferences,
        {"channels": {"email": True, "sms": False, "push": True}, "quiet_hours": None},
        layout=FormLayout(fixed={"by": "ada"}),
    ),
}


async def refuse(_: object) -> None:
    """Refuse whatever is sent."""
    raise RefusedError("the order was shipped at 14:48; a shipped parcel can only be returned", "Shipped")


async def test_confirm(size: Size, check: Check) -> None:
    async with asked(ConfirmDialog(Question("Cancel order", TARGET, EFFECT, danger=True)), size) as pilot:
        await check(pilot, "confirm", styles=True)


async def test_reason_refused(size: Size, check: Check) -> None:
    async with asked(ReasonDialog(Question("Reject", TARGET, EFFECT, danger=True, submit=refuse)), size) as pilot:
        await pilot.press(*"no", "ctrl+s")
        await pilot.app.workers.wait_for_complete()
        await check(pilot, "reason-refused", styles=True)


@pytest.mark.parametrize("form", FORMS)
async def test_form(form: str, size: Size, check: Check) -> None:
    async with asked(FORMS[form](), size) as pilot:
        await check(pilot, f"form-{form}", styles=form == "approval")


async def test_form_with_errors(size: Size, check: Check) -> None:
    address = {"name": "Ada", "line1": "12 Analytical Way", "city": "Springfield", "postal_code": "49007"}
    given = {
        "order_id": "ORD-1",
        "currency": "USD",
        "customer": {"customer_id": "CUST-ADA", "name": "Ada Lovelace", "email": "ada@example.com"},
        "lines": [{"sku": "SKU-LAMP", "name": "Lamp", "quantity": 1, "unit_price": 2_000}],
        "shipping_address": address,
    }
    async with asked(FormDialog(Question("New order", TARGET, accept="Create"), OrderRequest, given), size) as pilot:
        await fill(pilot, {"shipping_address.country": "USA"})
        pilot.app.screen.query_one(ModelForm).scroll_home(animate=False)
        await pilot.press("ctrl+s")  # goes to the field that is wrong
        await check(pilot, "form-with-errors", styles=True)
