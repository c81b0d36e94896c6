"""The list of payments: its cells, what is found in it, and the ways between an order and its payments."""

from datetime import UTC, datetime

import pytest

from console.gateway.rows import Row, RowKey
from console.listing.arrangement import Arrangement
from console.listing.filtering import RowFilter, for_owner
from console.model import Cell
from console.systems.orders.money_columns import WITH_ORDER
from console.systems.orders.side_money import PAYMENTS
from tests.support.console_app import running_console
from tests.support.orders import HOUR, TOTAL, Shop
from tests.support.payments import Intake
from tests.support.temporal import fresh
from workflows.orders.client import payment_workflow_id
from workflows.orders.payment_intake.models import PaymentRequest, PaymentStage
from workflows.orders.payment_intake.progress import MAX_REFERENCE, PaymentProgress
from workflows.orders.payments.records import Payment
from workflows.shared.summary import Summary

NOW = datetime(2026, 1, 31, 15, tzinfo=UTC)
REQUEST = PaymentRequest(payment_id="pay_1", order_id="ORD-1", amount=12_000, currency="USD")


def progress(reference: str = "ch_1") -> PaymentProgress:
    """Return a payment that the ledger has."""
    state = PaymentProgress(REQUEST, clock=lambda: NOW)
    state.payment.capture = state.payment.entry("capture", 12_000, NOW, reference)
    return state


def row(summary: Summary, payment_id: str = "pay_1") -> Row:
    """Return the row of a payment."""
    key = RowKey(payment_workflow_id(payment_id), "run")
    return Row(key, payment_id, NOW).with_summary(summary, PAYMENTS.kind)


def cells(row: Row) -> dict[str, str]:
    """Return what the columns say."""
    return {column.title: column.cell(row, NOW).text for column in PAYMENTS.columns}


def sent_back(payment: Payment, part: str, amount: int, reference: str) -> None:
    refund = payment.owe(part, amount)
    refund.entry = payment.entry("refund", amount, NOW, reference)


def test_a_row_tells_what_came_and_what_went_back() -> None:
    state = progress()
    state.enter(PaymentStage.RECORDED, "recorded")
    assert cells(row(state.summary())) == {
        "payment": "pay_1",
        "order": "ORD-1",
        "amount": "$120.00",
        "refunded": "",
        "state": "◐ recorded",
        "in": "0 s",
        "why": "",
        "reference": "ch_1",
    }
    state.payment.owe("late", 500)  # decided, and not sent yet
    assert state.view().refunded == 0
    sent_back(state.payment, "excess", 2_000, "re_1")
    assert (state.view().refunded, cells(row(state.summary()))["refunded"]) == (2_000, "$20.00")
    state.end_refunded("re_2", "the order had ended")
    ended = row(state.summary())
    assert (state.view().refunded, state.view().refund_reference) == (12_000, "re_2")
    assert (cells(ended)["refunded"], cells(ended)["reference"]) == ("$120.00", "ch_1 ↩ re_2")
    assert (cells(ended)["state"], cells(ended)["why"]) == ("✖ refunded", "the order had ended")


def test_refunds_of_a_payment_that_its_order_has_are_the_orders() -> None:
    state = progress("x" * 300)
    state.enter(PaymentStage.APPLIED, "pays")
    assert cells(row(state.summary()))["refunded"] == WITH_ORDER
    assert state.summary().extra == {"reference": "x" * MAX_REFERENCE}
    assert state.view().reference == "x" * 300


def test_payments_are_found_by_order_id_and_reference_and_sorted_by_what_went_back() -> None:
    rows = []
    for number, (stage, back) in enumerate(((PaymentStage.RECORDED, 900), (PaymentStage.RECORDED, 10_000))):
        state = progress(f"ch_{number}")
        state.enter(stage, "")
        sent_back(state.payment, "excess", back, f"re_{number}")
        rows.append(row(state.summary(), f"pay_{number}"))

    def found(text: str) -> list[str]:
        return [one.business_id for one in RowFilter.parse(text, None).rows(rows)]

    assert (found("CH_1"), found("pay_0"), found("ord-1")) == (["pay_1"], ["pay_0"], ["pay_0", "pay_1"])
    assert found(for_owner("ORD-1")) == ["pay_0", "pay_1"]
    by_refund = Arrangement(sort="refunded", descending=True)
    assert [one.business_id for one in by_refund.sorted(rows, PAYMENTS.columns)] == ["pay_1", "pay_0"]


@pytest.mark.parametrize("owner", ["ORD-1", "gid://shop/Order/1", "#1001 a", "//x", "where:x", "a:b"])
def test_any_order_can_be_the_filter(owner: str) -> None:
    parsed = RowFilter.parse(for_owner(owner), None)
    assert (parsed.server.owner, parsed.words, parsed.problem) == (owner, (), "")


def test_values_of_other_types_are_no_figures() -> None:
    odd = row(Summary(title="", stage="ODD", stage_since=NOW, owner="", extra={"refunded": "7", "reference": 3}))
    assert (cells(odd)["refunded"], cells(odd)["reference"], cells(odd)["state"]) == ("", "3", "? odd")
    assert PAYMENTS.columns[2].cell(odd, NOW) == Cell("")


async def test_from_an_order_to_its_payments_and_back(shop: Shop) -> None:
    order, other = [await shop.start(fulfilment_seconds_per_step=HOUR) for _ in range(2)]
    parked = Intake(shop, order.order_id, fresh("[b]pay"), amount=TOTAL - 100)
    await parked.start_and_park()
    paid = Intake(shop, other.order_id)
    await paid.pay()
    async with running_console(shop.client) as console:
        await console.until(lambda: console.rows == [other.order_id, order.order_id])
        await console.press("P")
        await console.until(lambda: sorted(console.rows) == sorted([parked.id, paid.id]))
        await console.until(lambda: {"all 2", "‖ parked 1", "✔ applied 1"} <= set(console.chips))
        assert "Orders 2" in console.tab(1)
        reference = (await parked.view()).reference
        assert reference
        await console.focus(payment_workflow_id(parked.id), reference)
        await console.refused("t", "no step is stuck")

        await console.press("enter")
        await console.until(lambda: console.pane.system.name == "orders" and console.row.business_id == order.order_id)
        await console.press("m")
        await console.until(lambda: console.pane.system.name == "payments" and console.rows == [parked.id])
        await console.shows(f"owner:{order.order_id}")
        await console.press("escape")
        await console.until(lambda: console.pane.system.name == "orders" and console.row.business_id == order.order_id)
        await console.press("P")
        await console.until(lambda: len(console.rows) == 2)
        await console.press("i", "i")
        await console.until(lambda: not console.app.inbox_open)
        assert console.pane.system.name == "payments"
        await console.press("1")
        assert console.pane.system.name == "orders"
