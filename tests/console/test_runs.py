"""Workflows with several runs: each stands once in the list and in the counts."""

from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy

from console.gateway import run_index
from console.gateway.counts import StageCounts
from console.gateway.listing import Listing
from console.gateway.query import ATTENTION, ServerFilter, filtered
from console.gateway.run_index import RunIndex
from tests.support.console_app import running_console
from tests.support.orders import Shop
from tests.support.resets import reset, reset_points
from tests.support.visibility import fresh_kind, gateway, publish, until_listed
from workflows.orders.client import WORKFLOW_TYPE, workflow_id
from workflows.shared.runs import run_rank


async def test_a_long_list_counts_each_workflow_once_and_no_broken_run_in_a_stage(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = fresh_kind()
    for name in ("again", "gone", "open"):
        await publish(client, kind, name, stage="PAID")
    for name in ("again", "gone"):
        await client.get_workflow_handle(f"{kind.id_prefix}{name}").terminate()
    await publish(client, kind, "again", stage="PAID")
    await until_listed(client, kind.query, 4)
    await until_listed(client, filtered(kind, ServerFilter(ATTENTION)), 2)
    known = gateway(client, page_size=2)
    index = RunIndex(known, kind)
    counts = StageCounts(known, kind, ("PAID",), index)
    await index.step()
    await counts.step()
    assert (counts.total, counts.by_stage) == (3, {"PAID": 2, ATTENTION: 1})
    listing = Listing(known, kind, index)
    for chosen, expected in ((ServerFilter("PAID"), ["again", "open"]), (ServerFilter(ATTENTION), ["gone"])):
        listing.choose(chosen)
        assert [row.business_id for row in (await listing.refresh()).rows] == expected
    await publish(client, kind, "gone", stage="PAID")
    await until_listed(client, kind.query, 5)
    monkeypatch.setattr(run_index, "NEWS_INTERVAL", 0.0)
    await index.step()
    assert index.surplus(ATTENTION) == 2
    assert index.surplus(None) == 2


async def test_a_reset_order_stands_once_with_the_details_of_its_own_run(shop: Shop) -> None:
    request = await shop.start()
    started = workflow_id(request.order_id)
    async with running_console(shop.client) as console:
        await console.focus(started, "p  Confirm payment")
        before = console.row
        (point, *_) = await reset_points(shop.client, started)
        await reset(shop.client, started, point)
        await console.until(lambda: console.row.key.run_id != before.key.run_id)
        await console.until(lambda: "p  Confirm payment" in console.details)
        assert console.table.line_count == 1
        assert console.row.business_id == request.order_id
        await console.until(lambda: console.chips == ["all 1", "◔ awaiting payment 1"])


async def test_a_terminated_order_waits_for_no_payment_and_says_what_it_held(shop: Shop) -> None:
    request = await shop.start()
    started = workflow_id(request.order_id)
    async with running_console(shop.client) as console:
        await console.focus(started, "p  Confirm payment")
        await shop.client.get_workflow_handle(started).terminate(reason="asked twice")
        await console.until(lambda: "when it ended it held 3 pieces of stock" in " ".join(console.details.split()))
        await console.until(lambda: "▲ needs a look 1" in console.chips)
        waiting = [chip for chip in console.chips if "awaiting payment" in chip]
        assert waiting in ([], ["◔ awaiting payment 1"])  # the reset order of the test before


async def test_a_refused_repeat_hides_no_order(shop: Shop) -> None:
    request = await shop.start()
    started = workflow_id(request.order_id)
    handle = shop.client.get_workflow_handle(started)
    await handle.signal("cancel_order", {"reason": "no", "requested_by": "ada"})
    await handle.result()
    repeat = await shop.client.start_workflow(
        WORKFLOW_TYPE,
        {},
        id=started,
        task_queue=shop.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )
    assert repeat.first_execution_run_id
    async with running_console(shop.client) as console:
        await console.focus(started, "✖ CANCELLED")
        await until_listed(shop.client, f"WorkflowId = '{started}' AND ExecutionStatus = 'Failed'", 1)
        await console.press("f5")
        await console.until(lambda: console.rows.count(request.order_id) == 1)
        assert console.row.current_stage == "CANCELLED"
        assert "✖ cancelled 1" in console.chips


def test_an_open_run_counts_before_a_closed_one_and_a_failed_one_last() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    ranks = [
        run_rank(late, is_open=False, failed=True),
        run_rank(early, is_open=False, failed=False),
        run_rank(late, is_open=False, failed=False),
        run_rank(early, is_open=True, failed=False),
    ]
    assert ranks == sorted(ranks)
