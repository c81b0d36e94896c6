"""Orders from a script, on a real server: what is written, and what comes of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from console.gateway.gateway import Gateway
from console.journal.book import Question
from console.systems.orders.system import ORDERS
from console.twin.acting import Given
from console.twin.faces import commands_of
from console.twin.many import Order, carry_out
from console.twin.payload import UsageError
from console.twin.reading import show, show_actions, show_history
from console.twin.rows import Wanted, list_rows
from tests.support.orders import TOTAL, Shop, order, payment
from tests.support.visibility import until_listed
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderStatus
from workflows.shared.errors import NotFoundError

Printed = pytest.CaptureFixture[str]


def lines(printed: Printed) -> list[Any]:
    """Return the JSON values that were written, one a line."""
    return [json.loads(line) for line in printed.readouterr().out.splitlines()]


async def act(
    gateway: Gateway,
    word: str,
    idents: Sequence[str],
    texts: Mapping[str, str],
    *,
    wait: float | None = None,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Carry an action out as a script does; return the exit code."""
    given = Given(values or {}, texts)
    what = Order("orders", commands_of("orders")[word], given, idents, "jsonl")
    return await carry_out(gateway, what, yes=True, wait_seconds=wait)


async def test_an_order_is_made_paid_and_shown(gateway: Gateway, capsys: Printed) -> None:
    request = order()
    ident = request.order_id
    values = request.model_dump(mode="json")
    assert await act(gateway, "new", (), {}, wait=30, values=values) == 0
    (made,) = lines(capsys)
    assert (made["id"], made["outcome"], made["row"]["stage"]) == (ident, "accepted", OrderStatus.AWAITING_PAYMENT)

    await show(gateway, ORDERS, ident, None, "json")
    assert json.loads(capsys.readouterr().out)["outstanding"] == TOTAL
    await show_actions(gateway, ORDERS, ident, None, "jsonl")
    legal = {action["name"]: action["enabled"] for action in lines(capsys)}
    assert legal["confirm_payment"]
    assert not legal["refund_lines"]
    await show_actions(gateway, ORDERS, ident, None, "text")
    assert "· refund-lines" in capsys.readouterr().out

    assert await act(gateway, "refund-lines", (ident,), {"lines": '[{"sku": "SKU-LAMP", "quantity": 1}]'}) == 1
    assert lines(capsys)[0]["text"] == "the order is not paid"
    with pytest.raises(UsageError, match=r"^amount: "):
        await act(gateway, "pay", (ident,), {"payment_id": "p1", "amount": "0", "currency": "USD"})
    paid = payment()
    given = {"payment_id": paid.payment_id, "amount": "120.00", "currency": "USD"}
    assert await act(gateway, "pay", (ident,), given, wait=30) == 0
    assert lines(capsys)[-1]["row"]["stage"] == OrderStatus.DELIVERED
    assert await act(gateway, "pay", (ident,), given) == 1
    assert lines(capsys)[-1]["text"] == "the order is delivered"

    entries = gateway.journal.read(Question(ident))
    assert [entry.action for entry in entries] == ["confirm_payment", "new"], "what is not legal was not sent"
    await show_history(gateway, ORDERS, ident, "jsonl")
    assert any(event["detail"] == "confirm_payment" for event in lines(capsys))
    with pytest.raises(NotFoundError):
        await show_history(gateway, ORDERS, "NOBODY", "text")
    await show(gateway, ORDERS, ident, None, "text", follow=True)
    assert capsys.readouterr().out.startswith(f"{ident} · Ada Lovelace · delivered\n"), "it has ended: nothing follows"


async def test_many_are_cancelled_each_with_its_answer(shop: Shop, gateway: Gateway, capsys: Printed) -> None:
    orders = [(await shop.start()).order_id for _ in range(2)]
    for ident in orders:
        await until_listed(shop.client, f"WorkflowId = '{workflow_id(ident)}' AND BizStage = 'AWAITING_PAYMENT'", 1)
    await list_rows(gateway, ORDERS, Wanted(stage="AWAITING_PAYMENT", limit=1), "jsonl")
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert "there are more" in err
    await list_rows(gateway, ORDERS, Wanted(text=f"awaiting {orders[0]}"), "json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["amount"], row["closed"]) == (orders[0], TOTAL, False)
    await list_rows(gateway, ORDERS, Wanted(), "text")
    assert f"\n{orders[1]}  AWAITING_PAYMENT  $120.00  CUST-ADA" in capsys.readouterr().out
    with pytest.raises(UsageError, match="--query"):
        await list_rows(gateway, ORDERS, Wanted(query="no such filter"), "text")

    assert await act(gateway, "cancel", [*orders, "NOBODY"], {"reason": "sold out"}) == 1
    answers = {each["id"]: each["outcome"] for each in lines(capsys)}
    assert answers == {orders[0]: "accepted", orders[1]: "accepted", "NOBODY": "refused"}
    for ident in orders:
        assert (await shop.orders.get_order(ident)).status == OrderStatus.CANCELLED
