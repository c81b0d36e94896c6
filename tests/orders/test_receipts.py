"""A signal with an ID has a receipt, which says whether it took effect."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.orders import Shop, order, orders_worker, payment, stocked
from tests.support.temporal import fresh
from workflows.orders import client as orders_client
from workflows.orders.client import OrdersClient
from workflows.orders.models import CancelOrder, OrderStatus
from workflows.orders.state import MAX_RECEIPTS
from workflows.shared.errors import NoAnswerError


async def test_a_repeated_signal_takes_effect_once(shop: Shop) -> None:
    request = await shop.start()
    second = payment().model_copy(update={"signal_id": "sig-2"})
    await shop.pay(request)
    outcomes = [await shop.pay(request, second) for _ in range(2)]
    view = outcomes[1].snapshot.view
    assert outcomes[0].refusal == outcomes[1].refusal == view.refusals[0].reason
    assert [receipt.signal_id for receipt in view.receipts].count("sig-2") == 1
    assert [(receipt.signal, receipt.refused) for receipt in view.receipts] == [
        ("confirm_payment", None),
        ("confirm_payment", view.refusals[0].reason),
    ]
    assert len(view.refusals) == 1


async def test_a_signal_without_an_id_has_no_receipt(shop: Shop) -> None:
    request = await shop.start()
    await shop.handle(request).signal("confirm_payment", payment())
    view = await shop.until(request, lambda view: view.status != OrderStatus.AWAITING_PAYMENT)
    assert view.receipts == []


async def test_an_order_keeps_the_latest_receipts(shop: Shop) -> None:
    request = await shop.start()
    wrong = payment().model_dump() | {"amount": 1}
    for number in range(MAX_RECEIPTS + 2):
        await shop.handle(request).signal("confirm_payment", wrong | {"signal_id": f"sig-{number}"})
    view = await shop.until(request, lambda view: len(view.receipts) == MAX_RECEIPTS)
    assert (view.receipts[0].signal_id, view.receipts[-1].signal_id) == ("sig-2", f"sig-{MAX_RECEIPTS + 1}")


async def test_without_a_receipt_in_time_the_signal_is_still_recorded(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders_client, "RECEIPT_TIMEOUT", timedelta(seconds=1))
    queue, request = fresh("later"), order()
    orders = OrdersClient(client, task_queue=queue)
    await orders.begin(request)
    with pytest.raises(NoAnswerError, match="has not acted on cancel_order within 1 s"):
        await orders.cancel_order(request.order_id, CancelOrder(reason="too dear", requested_by="ada"))
    async with orders_worker(client, stocked(), queue):
        answer = await client.get_workflow_handle(orders_client.workflow_id(request.order_id)).result()
    assert answer["status"] == OrderStatus.CANCELLED
