"""Refunds above the shop's limit wait for a second person."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.support.guards import UnsandboxedGuards
from tests.support.orders import Shop, action, moves, open_shop, stocked
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest
from workflows.orders.payments.refund_models import DecideRefund, RefundAmount, RefundLine, RefundLines
from workflows.orders.views.models import OrderView
from workflows.shared.actions import Viewer
from workflows.shared.errors import RefusedError


@pytest.fixture
async def shop(client: Client) -> AsyncIterator[Shop]:
    world = stocked(refund_second_person_above={"USD": 5_000})
    async with open_shop(client, world, runner=UnsandboxedGuards()) as opened:
        yield opened


async def decide(shop: Shop, request: OrderRequest, refund_id: str, decision: str, by: str) -> OrderView:
    fields = {"refund_id": refund_id, "decision": decision, "by": by, "reason": "looked at it"}
    return await shop.orders.decide_refund(request.order_id, DecideRefund.model_validate(fields))


async def test_a_second_person_decides(shop: Shop) -> None:
    request = await shop.paid()
    order_id, id_ = request.order_id, workflow_id(request.order_id)
    refund = RefundAmount(amount=3_000, currency="USD", by="ana", reason="late")
    view = await shop.orders.refund_amount(order_id, refund)
    assert (view.held_refunds, moves(view)[-1]) == ([], ("refund", 3_000))
    view = await shop.orders.refund_amount(order_id, refund, update_id="again")  # with the first above the limit
    view = await shop.orders.refund_amount(order_id, refund, update_id="again")
    (held,) = view.held_refunds
    assert (held.refund_id, held.by, held.amount, view.attention) == ("refund-1", "ana", 3_000, "refund_held")
    assert len(moves(view)) == 2
    actions = {who: await shop.orders.get_actions(id_, Viewer(person=who)) for who in ("ana", "ben")}
    may = {who: next(each.enabled for each in found if each.name == "decide_refund") for who, found in actions.items()}
    assert may == {"ana": False, "ben": True}
    assert "$30.00 for an amount that ana asked for" in str(action(view, "decide_refund").effect)
    with pytest.raises(RefusedError, match="ana asked for this refund; a second person decides") as refused:
        await decide(shop, request, held.refund_id, "approve", "ana")
    assert refused.value.kind == "NotEligible"
    view = await decide(shop, request, held.refund_id, "approve", "ben")
    assert moves(view)[1:] == [("refund", 3_000), ("refund", 3_000)]
    assert (view.held_refunds, view.attention) == ([], None)
    with pytest.raises(RefusedError, match="no refund refund-1 waits"):
        await decide(shop, request, held.refund_id, "approve", "ben")


async def test_lines_wait_too_and_a_rejected_refund_moves_nothing(shop: Shop) -> None:
    request = await shop.paid()
    lines = RefundLines(lines=[RefundLine(sku="SKU-CHAIR", quantity=2)], by="ana", reason="broken")
    first = await shop.orders.refund_lines(request.order_id, lines)
    view = await decide(shop, request, first.held_refunds[0].refund_id, "reject", "ben")
    assert (view.held_refunds, moves(view)) == ([], [("capture", 12_000)])
    second = await shop.orders.refund_lines(request.order_id, lines)
    view = await decide(shop, request, second.held_refunds[0].refund_id, "approve", "ben")
    assert moves(view)[1:] == [("refund", 10_000)]
    assert [line.sku for line in view.refunded_lines] == ["SKU-CHAIR"]
