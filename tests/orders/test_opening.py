"""An order asks for the shop's rules and tries to set its stock aside in one step; what that does not do is a step."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.eventually import TIMEOUT
from tests.support.orders import Shop, line, open_shop, order, stocked
from workflows.orders import activities
from workflows.orders.client import TASK_QUEUE, workflow_id
from workflows.orders.models import OrderRequest, OrderStatus
from workflows.orders.views.models import ReservedLine
from workflows.shared import summary


async def steps(shop: Shop, request: OrderRequest) -> list[str]:
    """Return the activities that the order has asked for, by name."""
    history = await shop.handle(request).fetch_history()
    names = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    return [name for name in names if name]


async def test_stock_that_is_there_needs_no_step_of_its_own(shop: Shop) -> None:
    request = await shop.start()
    assert await steps(shop, request) == ["open_order"]
    assert shop.world.inventory.count("held") == 3


@pytest.mark.parametrize("fault", ["late", "answer lost"])
async def test_a_first_try_without_an_answer_is_done_again(shop: Shop, fault: str) -> None:
    if fault == "late":
        shop.world.faults.be_late("reserve")
    else:
        shop.world.faults.lose_answers("reserve", 1)
    request = await shop.start()
    assert (await steps(shop, request))[:2] == ["open_order", "reserve_available"]
    assert shop.world.inventory.count("held") == 3
    await shop.cancel(request)
    await shop.ended(request)
    assert shop.world.inventory.count("held") == 0


async def test_an_inventory_that_is_silent_does_not_hold_up_the_rules(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activities, "FIRST_TRY_TIMEOUT", timedelta(milliseconds=50))
    answers, inventory = shop.world.inventory.reserve_available, shop.world.inventory

    async def silent(*_: object) -> list[ReservedLine]:
        monkeypatch.setattr(inventory, "reserve_available", answers)
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    monkeypatch.setattr(inventory, "reserve_available", silent)
    request = await shop.start()
    assert (await steps(shop, request))[:2] == ["open_order", "reserve_available"]


async def test_all_or_nothing_is_never_tried_in_part(shop: Shop) -> None:
    lines = [line("SKU-CHAIR", 2, 5_000), line("SKU-SHELF", 1, 1_000)]
    request = await shop.start(lines=lines, when_short="reject")
    assert (await shop.ended(request)).status == OrderStatus.REJECTED
    assert (await steps(shop, request))[:2] == ["open_order", "reserve_stock"]
    assert shop.world.faults.calls["reserve"] == 1
    assert shop.world.inventory.count("held") == 0


async def test_the_shops_own_rule_counts_for_an_order_that_says_nothing(client: Client) -> None:
    async with open_shop(client, stocked(when_short="reject")) as shop:
        request = await shop.start()
        assert (await steps(shop, request))[:2] == ["open_order", "reserve_stock"]


@pytest.mark.parametrize("memo", [{}, {"title": "Somebody else", "note": "x", "currency": "EUR"}, {"title": {"no": 1}}])
async def test_a_row_says_what_it_should_whoever_started_the_order(shop: Shop, memo: dict[str, object]) -> None:
    request = order()
    id_ = workflow_id(request.order_id)
    await shop.client.start_workflow("OrderWorkflow", request, id=id_, task_queue=shop.task_queue, memo=memo)
    await shop.orders.wait_decided(request.order_id)
    description = await shop.handle(request).describe()
    row = summary.memo_of("Ada Lovelace", "USD", "2 × Chair, 1 × Lamp")  # noqa: RUF001 - a multiplication sign
    assert {key: await description.memo_value(key, default=None) for key in row} == row


async def test_a_row_has_its_words_before_any_worker_is_there(client: Client) -> None:
    shop = Shop(client, stocked(), f"nobody-at-{TASK_QUEUE}")
    request = await shop.begin()
    assert await (await shop.handle(request).describe()).memo_value(summary.MEMO_TITLE) == "Ada Lovelace"
    await shop.handle(request).terminate()


async def test_what_is_right_already_is_not_written_again(shop: Shop) -> None:
    request = await shop.start()
    await shop.cancel(request)
    await shop.ended(request)
    events = (await shop.handle(request).fetch_history()).events
    assert not any(event.HasField("workflow_properties_modified_event_attributes") for event in events)


@pytest.mark.parametrize("when_short", ["ask", "reject"])
async def test_an_order_whose_stock_is_not_decided_yet_is_in_the_list(shop: Shop, when_short: str) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin(when_short=when_short)
    await shop.until_event(request, "ACTIVITY_TASK_SCHEDULED", 2)
    description = await shop.handle(request).describe()
    assert description.typed_search_attributes.get(summary.STAGE) == OrderStatus.CREATED
    shop.world.faults.up("reserve")
    await shop.orders.wait_decided(request.order_id, within=timedelta(seconds=TIMEOUT))
