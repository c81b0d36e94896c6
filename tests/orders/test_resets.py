"""A reset order takes what the store knows as done: it ends as before, or goes on with its money and its parcels."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from temporalio.client import Client

from tests.orders.test_second_runs import effects, finished
from tests.support.eventually import eventually
from tests.support.guards import UnsandboxedGuards
from tests.support.orders import HOUR, TOTAL, Shop, action, moves, open_shop, order, payment, texts
from tests.support.payments import Intake
from tests.support.resets import ALL, NOTHING, SIGNALS, Reapply, reset, reset_points
from workers.store.schema import parcels
from workflows.orders.client import WORKFLOW_TYPE, workflow_id
from workflows.orders.models import ChangeAddress, OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.orders.payments.refund_models import RefundAmount, RefundLine, RefundLines
from workflows.orders.views.models import OrderView
from workflows.shared.errors import RefusedError

SAME = {
    "status",
    "payment_status",
    "reason",
    "stage_since",
    "ledger",
    "payments",
    "reservations",
    "parcels",
    "receipts",
}


@pytest.fixture
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop whose workers know of resets, as ours do."""
    async with open_shop(client, runner=UnsandboxedGuards()) as opened:
        yield opened


async def run_of(shop: Shop, request: OrderRequest) -> str:
    """Return the ID of the order's latest run."""
    return (await shop.handle(request).describe()).run_id


async def reset_before(
    shop: Shop, request: OrderRequest, seen: int, *, reapply: Reapply = NOTHING, terminated: bool = False
) -> None:
    """Reset an order to its latest point among its first ``seen`` events."""
    id_ = workflow_id(request.order_id)
    point = max(each for each in await reset_points(shop.client, id_) if each <= seen)
    if terminated:
        await shop.handle(request).terminate("an accident")
    await reset(shop.client, id_, point, reapply=reapply)


async def length(shop: Shop, request: OrderRequest) -> int:
    """Return how many events the order has."""
    return len((await shop.handle(request).fetch_history()).events)


async def lost_and_refunded(shop: Shop) -> OrderRequest:
    """Return an order whose parcel got lost, and that was then cancelled."""
    request = await shop.shipped(payment())
    await shop.report(request, ShipmentStatus.LOST)
    await shop.cancel(request)
    await shop.ended(request)
    return request


@pytest.mark.parametrize("reapply", [NOTHING, SIGNALS, ALL])
@pytest.mark.parametrize("how", ["delivered", "cancelled", "lost"])
async def test_a_finished_order_ends_as_before_wherever_it_is_reset_to(shop: Shop, how: str, reapply: Reapply) -> None:
    request = await (lost_and_refunded(shop) if how == "lost" else finished(shop, cancelled=how == "cancelled"))
    before, done, first = await shop.orders.get_order(request.order_id), effects(shop), await run_of(shop, request)
    id_ = workflow_id(request.order_id)
    for point in (await reset_points(shop.client, id_, run_id=first))[1:]:
        await reset(shop.client, id_, point, reapply=reapply, run_id=first)
        after = await shop.ended(request)
        assert after.model_dump(include=SAME) == before.model_dump(include=SAME), f"after a reset to event {point}"
        assert possible(after) == possible(before)
        assert effects(shop) == done, f"after a reset to event {point}"


def possible(view: OrderView) -> list[str]:
    """Return the actions that are enabled."""
    return [action.name for action in view.actions if action.enabled]


async def test_after_a_reset_nothing_happens_before_the_store_answers(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=0)
    seen = await length(shop, request)
    await shop.pay(request, payment("pay-first"))
    await shop.ended(request)
    done = effects(shop)
    shop.world.faults.hold("find_record")
    await reset_before(shop, request, seen)
    handle = shop.handle(request)
    for number in range(2):
        await handle.signal("confirm_payment", payment(f"pay-late-{number}"))
    await shop.until_signals_handled(request)
    assert effects(shop) == done
    shop.world.faults.let_go("find_record")
    view = await shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    assert shop.world.payments.kept(request.order_id) == TOTAL
    assert moves(view, "pay-late-1") == [("capture", TOTAL), ("refund", TOTAL)]


@pytest.mark.parametrize("reapply", [NOTHING, SIGNALS])
@pytest.mark.parametrize("cancels", [True, False])
async def test_what_was_paid_through_the_intake_has_an_owner_after_a_reset(
    shop: Shop, reapply: Reapply, *, cancels: bool
) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    seen = await length(shop, request)
    intake = Intake(shop, request.order_id)
    assert await intake.outcome() == PaymentOutcome.APPLIED
    await reset_before(shop, request, seen, reapply=reapply)
    if cancels:
        await shop.cancel(request)
        view = await shop.ended(request)
        assert view.status == OrderStatus.CANCELLED
    else:
        await shop.until_status(request, OrderStatus.FULFILLING)
        await shop.report(request, ShipmentStatus.SHIPPED)
        await shop.until_status(request, OrderStatus.SHIPPED)
        await shop.report(request, ShipmentStatus.DELIVERED)
        view = await shop.ended(request)
        assert view.status == OrderStatus.DELIVERED
    assert intake.moves == (TOTAL, [TOTAL] * cancels)
    assert moves(view) == [("capture", TOTAL)] + [("refund", TOTAL)] * cancels
    assert await intake.outcome() == PaymentOutcome.APPLIED, "the first outcome stands"


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
async def test_what_was_refunded_and_released_is_not_shipped(shop: Shop, reapply: Reapply) -> None:
    request = await shop.paid(payment("pay-back"), fulfilment_seconds_per_step=HOUR)
    seen = await length(shop, request)
    shop.world.faults.down("save_record")
    await shop.cancel(request)
    await shop.until_status(request, OrderStatus.CANCELLED)
    await reset_before(shop, request, seen, terminated=True, reapply=reapply)
    shop.world.faults.up("save_record")
    if reapply == NOTHING:
        await shop.report(request, ShipmentStatus.SHIPPED)
        view = await shop.until_status(request, OrderStatus.NEEDS_ACTION)
        assert view.attention == "payment_refunded"
        assert view.reason is not None
        assert "payment pay-back goes back to the customer" in view.reason
        assert action(view).enabled
        await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, moves(view)) == (OrderStatus.CANCELLED, [("capture", TOTAL), ("refund", TOTAL)])
    assert "shipped" not in shop.world.carrier.parcels.values()
    assert f"{request.order_id}/shipped" not in shop.world.mailer.sent


@pytest.mark.parametrize("to_first_task", [True, False])
async def test_a_parcel_that_left_is_not_cancelled_by_a_later_run(shop: Shop, *, to_first_task: bool) -> None:
    request = await shop.paid(payment(), fulfilment_seconds_per_step=HOUR)
    points = await reset_points(shop.client, workflow_id(request.order_id))
    seen = points[0] if to_first_task else points[-1]
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until(request, lambda view: [held.status for held in view.reservations] == ["CONSUMED"])
    await reset_before(shop, request, seen)
    await shop.cancel(request)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, moves(view)) == (OrderStatus.DELIVERED, [("capture", TOTAL)])


@pytest.mark.parametrize("to_first_task", [True, False])
@pytest.mark.parametrize("trouble", [ShipmentStatus.LOST, ShipmentStatus.RETURNED])
async def test_what_became_of_a_parcel_is_known_to_a_later_run(
    shop: Shop, trouble: ShipmentStatus, *, to_first_task: bool
) -> None:
    request = await shop.shipped(payment())
    await shop.until(request, lambda view: [held.status for held in view.reservations] == ["CONSUMED"])
    points = await reset_points(shop.client, workflow_id(request.order_id))
    await shop.report(request, trouble)
    await eventually(lambda: trouble in shop.world.carrier.parcels.values())
    await reset_before(shop, request, points[0] if to_first_task else points[-1])
    view = await shop.until_status(request, OrderStatus.NEEDS_ACTION)
    assert ([parcel.status for parcel in view.parcels], view.attention) == ([trouble], f"parcel_{trouble}")


async def test_line_refunds_that_a_reset_has_lost_count(shop: Shop) -> None:
    request = await shop.paid(payment("pay-lines"), fulfilment_seconds_per_step=HOUR)
    seen = await length(shop, request)
    chair = RefundLines(lines=[RefundLine(sku="SKU-CHAIR", quantity=1)], by="chen", reason="scratched")
    await shop.orders.refund_lines(request.order_id, chair)
    await reset_before(shop, request, seen)
    lamp = RefundLines(lines=[RefundLine(sku="SKU-LAMP", quantity=1)], by="chen", reason="broken")
    await shop.orders.refund_lines(request.order_id, lamp)
    await shop.cancel(request)
    view = await shop.ended(request)
    assert moves(view) == [("capture", TOTAL), ("refund", 5_000), ("refund", 2_000), ("refund", 5_000)]
    assert shop.world.payments.kept(request.order_id) == 0


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
@pytest.mark.usefixtures("silent_provider")
async def test_refunds_of_what_is_shipped_happen_once_in_all_runs(shop: Shop, reapply: Reapply) -> None:
    request = await shop.shipped(payment("pay-shipped"))
    seen = await length(shop, request)
    lamp = RefundLines(lines=[RefundLine(sku="SKU-LAMP", quantity=1)], by="chen", reason="broken")
    shipping = RefundAmount(amount=1_000, currency="USD", by="chen", reason="it was late")
    shop.world.faults.down("refund")  # both are decided, and not sent
    await shop.orders.refund_lines(request.order_id, lamp)
    await shop.orders.refund_amount(request.order_id, shipping)
    books = partial(shop.world.ports.books.of_order, request.order_id)
    await eventually(books, lambda found: [each.part for each in found.decided] == ["lines-1", "amount-1"])
    await reset_before(shop, request, seen, reapply=reapply)
    shop.world.faults.up("refund")
    view = await shop.until(request, lambda view: len(moves(view)) == 3)
    assert sorted(moves(view)) == [("capture", TOTAL), ("refund", 1_000), ("refund", 2_000)]
    assert [(each.sku, each.quantity) for each in view.refunded_lines] == [("SKU-LAMP", 1)]
    with pytest.raises(RefusedError, match="1 to refund, 0 left"):
        await shop.orders.refund_lines(request.order_id, lamp)
    await shop.report(request, ShipmentStatus.DELIVERED)
    ended = await shop.ended(request)
    assert (ended.payment_status, len(moves(ended))) == (PaymentStatus.PARTLY_REFUNDED, 3)
    assert shop.world.payments.kept(request.order_id) == TOTAL - 3_000


@pytest.mark.parametrize("when_short", ["ask", "reject"])
@pytest.mark.parametrize("to_first_task", [True, False])
async def test_pieces_that_were_refunded_by_line_are_not_missing_later(
    shop: Shop, when_short: str, *, to_first_task: bool
) -> None:
    request = await shop.paid(payment("pay-lines"), fulfilment_seconds_per_step=HOUR, when_short=when_short)
    points = await reset_points(shop.client, workflow_id(request.order_id))
    chair = RefundLines(lines=[RefundLine(sku="SKU-CHAIR", quantity=1)], by="chen", reason="scratched")
    await shop.orders.refund_lines(request.order_id, chair)
    await shop.until(request, lambda view: "stock released: 1 piece" in texts(view))
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until(request, lambda view: "e-mail: shipped" in texts(view))
    sent = list(shop.world.mailer.sent)
    await reset_before(shop, request, points[0] if to_first_task else points[-1])
    view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert (view.attention, view.shortages, [each.sku for each in view.refunded_lines]) == (None, [], ["SKU-CHAIR"])
    assert {each.sku: each.quantity for each in view.parcels[0].lines} == {"SKU-CHAIR": 1, "SKU-LAMP": 1}
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, moves(view)) == (OrderStatus.DELIVERED, [("capture", TOTAL), ("refund", 5_000)])
    assert [key for key in shop.world.mailer.sent if key not in sent] == [f"{request.order_id}/delivered"]


async def test_a_terminated_order_that_is_started_again_has_its_money(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id)
    assert await intake.outcome() == PaymentOutcome.APPLIED
    await shop.handle(request).terminate("an accident")
    await shop.client.start_workflow(
        WORKFLOW_TYPE, request, id=workflow_id(request.order_id), task_queue=shop.task_queue
    )
    await shop.until_status(request, OrderStatus.FULFILLING)
    await shop.cancel(request)
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED
    assert intake.moves == (TOTAL, [TOTAL])


async def test_a_changed_address_outlives_the_run(shop: Shop) -> None:
    request = await shop.paid(payment("pay-moved"), fulfilment_seconds_per_step=HOUR)
    for line1 in ("1 New Road", "2 New Road"):
        address = request.shipping_address.model_copy(update={"line1": line1})
        change = ChangeAddress(shipping_address=address, by="ana", reason="moved")
        await shop.orders.change_address(request.order_id, change)
    books = partial(shop.world.ports.books.of_order, request.order_id)
    await eventually(books, lambda found: found.address is not None and found.address.number == 2)
    await shop.handle(request).terminate("an accident")
    await shop.client.start_workflow(
        WORKFLOW_TYPE, request, id=workflow_id(request.order_id), task_queue=shop.task_queue
    )
    await shop.report(request, ShipmentStatus.SHIPPED)
    view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert view.shipping_address is not None
    assert view.shipping_address.line1 == "2 New Road"
    addresses = shop.world.store.rows(parcels.select().where(parcels.c.order_id == request.order_id))
    assert [row.address["line1"] for row in addresses] == ["2 New Road"]


async def test_the_intake_does_not_send_back_what_an_order_has_found_meanwhile(shop: Shop) -> None:
    request = order(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id)
    shop.world.faults.hold("save_record")
    await intake.start()  # there is no such order
    await eventually(lambda: shop.world.faults.calls["save_record"])
    await shop.orders.begin(request)
    await shop.until_status(request, OrderStatus.FULFILLING)
    shop.world.faults.let_go("save_record")
    assert await intake.outcome() == PaymentOutcome.APPLIED
    assert intake.moves == (TOTAL, [])
