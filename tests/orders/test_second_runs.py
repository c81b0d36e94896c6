"""A second run of an order, by a reset or another start, ends as the first one did, and does nothing again."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from tests.support.guards import UnsandboxedGuards
from tests.support.orders import HOUR, TOTAL, Shop, line, moves, open_shop, order, payment
from tests.support.payments import Intake
from tests.support.resets import ALL, NOTHING, Reapply, reset, reset_points
from tests.support.second_starts import fails
from workflows.orders.client import WORKFLOW_TYPE, workflow_id
from workflows.orders.models import OrderRequest, OrderStatus
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.shared import summary
from workflows.shared.errors import AlreadyExistsError


async def finished(shop: Shop, *, cancelled: bool) -> OrderRequest:
    """Return an order that is paid, and delivered or cancelled."""
    request = await shop.start(fulfilment_seconds_per_step=HOUR if cancelled else 0)
    await shop.pay(request, payment(f"pay-{request.order_id}"))
    if cancelled:
        await shop.cancel(request)
    await shop.ended(request)
    return request


def effects(shop: Shop) -> list[object]:
    """Return what the orders of a shop have done outside of Temporal."""
    world = shop.world
    return [
        world.inventory.reservations,
        world.inventory.available,
        world.carrier.parcels,
        world.payments.captures,
        world.payments.refunds,
        world.mailer.sent,
    ]


async def fails_as_done(shop: Shop, request: OrderRequest, status: OrderStatus) -> None:
    """Start an order as anybody may, and expect that it fails at once."""
    await fails(shop, request, "AlreadyDone", f"order {request.order_id} is {status} already; nothing was changed")


@pytest.mark.parametrize("cancelled", [False, True])
async def test_an_order_that_has_ended_is_not_started_again(shop: Shop, *, cancelled: bool) -> None:
    request = await finished(shop, cancelled=cancelled)
    before, done = await shop.orders.get_order(request.order_id), effects(shop)
    await fails_as_done(shop, request, before.status)
    after = await shop.orders.get_order(request.order_id)
    same = {"request", "status", "payment_status", "reason", "ledger", "payments", "reservations", "parcels"}
    assert after.model_dump(include=same) == before.model_dump(include=same)
    possible = [] if cancelled else ["refund_delivered"]
    assert [action.name for action in after.actions if action.enabled] == possible
    status = await shop.orders.get_status(request.order_id)
    assert (status.status, status.payment_status) == (before.status, before.payment_status)
    row = (await shop.handle(request).describe()).typed_search_attributes
    assert (row[summary.STAGE], row[summary.AMOUNT]) == (before.status, TOTAL)
    assert effects(shop) == done


async def test_the_outcome_is_known_after_retention(shop: Shop, time_skipping: WorkflowEnvironment) -> None:
    request = await finished(shop, cancelled=False)
    done = effects(shop)
    async with open_shop(time_skipping.client, shop.world) as later:  # this server knows nothing of it
        await fails_as_done(later, request, OrderStatus.DELIVERED)
        view = await later.orders.get_order(request.order_id)
        assert moves(view) == [("capture", TOTAL)]
        estimate = await later.orders.get_delivery_estimate(request.order_id)
        assert estimate.earliest == view.parcels[0].updated_at
    assert effects(shop) == done


@pytest.mark.parametrize("came", ["by the intake", "by a signal", "too late"])
@pytest.mark.parametrize("cancelled", [False, True])
async def test_the_outcome_of_a_payment_is_known_after_retention(
    shop: Shop, time_skipping: WorkflowEnvironment, came: str, *, cancelled: bool
) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR if cancelled else 0)
    intake = Intake(shop, request.order_id)
    first = None
    if came == "by the intake":
        first = await intake.pay()
    else:
        await shop.pay(request, intake.as_signal if came == "by a signal" else None)
    if cancelled:
        await shop.cancel(request)
    await shop.ended(request)
    if came == "too late":
        first = await intake.pay()
    done = effects(shop)
    async with open_shop(time_skipping.client, shop.world) as later:  # this server knows nothing of it
        again = await Intake(later, request.order_id, intake.id).pay()
    refunded = came == "too late" or (came == "by a signal" and cancelled)
    assert again.outcome == (PaymentOutcome.REFUNDED if refunded else PaymentOutcome.APPLIED)
    assert first in (None, again)
    assert again.refund_reference == (shop.world.payments.reference(intake.refund_key) if refunded else None)
    assert effects(shop) == done


async def test_a_payment_that_went_back_does_not_pay_an_order_that_starts_later(shop: Shop) -> None:
    request = order()
    intake = Intake(shop, request.order_id)
    assert await intake.outcome() == PaymentOutcome.REFUNDED
    await shop.orders.begin(request)
    view = await shop.until_status(request, OrderStatus.AWAITING_PAYMENT)
    assert view.payments == []
    await intake.client.look_again(intake.request)
    assert (await intake.client.wait(intake.id)).outcome == PaymentOutcome.REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])


async def test_another_payment_for_it_goes_back(shop: Shop) -> None:
    request = await finished(shop, cancelled=False)
    confirmations = (payment(f"pay-{request.order_id}"), payment("pay-late"))
    again = await shop.client.start_workflow(
        WORKFLOW_TYPE,
        request,
        id=workflow_id(request.order_id),
        task_queue=shop.task_queue,
        start_signal="confirm_payment",
        start_signal_args=[confirmations[1]],
    )
    with pytest.raises(WorkflowFailureError):
        await again.result()
    assert shop.world.payments.kept(request.order_id) == TOTAL
    assert moves(await shop.orders.get_order(request.order_id), "pay-late") == [("capture", TOTAL), ("refund", TOTAL)]


async def test_a_rejected_order_is_started_again_once_it_is_corrected(
    shop: Shop, time_skipping: WorkflowEnvironment
) -> None:
    wrong = await shop.begin(lines=[line("SKU-SHELF", 1, TOTAL)])
    await shop.ended(wrong)
    with pytest.raises(AlreadyExistsError):
        await shop.orders.begin(wrong)
    await fails_as_done(shop, wrong, OrderStatus.REJECTED)
    still_wrong = wrong.model_copy(update={"lines": order(lines=[line("SKU-SHELF", 2, TOTAL)]).lines})
    async with open_shop(time_skipping.client, shop.world) as later:  # this server knows nothing of it
        await later.orders.begin(still_wrong)
        assert (await later.ended(still_wrong)).status == OrderStatus.REJECTED
        right = wrong.model_copy(update={"lines": order(lines=[line("SKU-LAMP", 1, TOTAL)]).lines})
        await later.orders.begin(right)
        await later.until_status(right, OrderStatus.AWAITING_PAYMENT)
        await later.pay(right)
        assert (await later.ended(right)).status == OrderStatus.DELIVERED
    emails = [key.removeprefix(f"{wrong.order_id}/") for key in shop.world.mailer.sent]
    assert emails[:3] == ["rejected", "rejected-2", "please-pay"]


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
async def test_a_reset_to_the_first_task_ends_as_before(shop: Shop, reapply: Reapply) -> None:
    async with open_shop(shop.client, runner=UnsandboxedGuards()) as guarded:
        request = await finished(guarded, cancelled=False)
        done = effects(guarded)
        id_ = workflow_id(request.order_id)
        await reset(guarded.client, id_, (await reset_points(guarded.client, id_))[0], reapply=reapply)
        view = await guarded.ended(request)
        assert view.status == OrderStatus.DELIVERED
        assert moves(view) == [("capture", TOTAL)]
        assert effects(guarded) == done
        refund = next(action for action in view.actions if action.name == "refund_delivered")
        assert f"{TOTAL // 100}.00 that was left of pay-{request.order_id}" in str(refund.effect)


async def test_a_store_that_is_down_holds_up_the_end_and_not_the_customer(shop: Shop) -> None:
    shop.world.faults.hold("save_record")
    request = await shop.start()
    await shop.pay(request)
    await shop.until_status(request, OrderStatus.DELIVERED)
    assert f"{request.order_id}/delivered" not in shop.world.mailer.sent
    shop.world.faults.let_go("save_record")
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert f"{request.order_id}/delivered" in shop.world.mailer.sent


@pytest.mark.parametrize("cancelled", [False, True])
async def test_its_payment_has_its_owner_when_it_is_handed_in_again(shop: Shop, *, cancelled: bool) -> None:
    request = await finished(shop, cancelled=cancelled)
    done = effects(shop)
    await fails_as_done(shop, request, OrderStatus.CANCELLED if cancelled else OrderStatus.DELIVERED)
    outcome = await Intake(shop, request.order_id, f"pay-{request.order_id}").outcome()
    assert outcome == (PaymentOutcome.REFUNDED if cancelled else PaymentOutcome.APPLIED)
    assert effects(shop) == done
