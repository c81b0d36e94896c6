"""Orders that go well."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.orders import TOTAL, Shop, moves, open_shop, stocked
from workflows.orders.customer.calendars import days_off
from workflows.orders.customer.delivery_days import DeliveryDays
from workflows.orders.models import OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import ReservationStatus
from workflows.shared import summary


async def test_a_paid_order_is_delivered_and_its_stock_is_booked_out(shop: Shop) -> None:
    request = await shop.start()
    waiting = await shop.orders.get_order(request.order_id)
    assert waiting.status == OrderStatus.AWAITING_PAYMENT
    assert waiting.payment_status == PaymentStatus.UNPAID
    assert waiting.due_at == waiting.stage_since + timedelta(days=1)
    assert shop.world.inventory.count("held") == 3

    outcome = await shop.pay(request)
    assert outcome.refusal is None

    view = await shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    assert view.payment_status == PaymentStatus.PAID
    assert moves(view) == [("capture", TOTAL)]
    assert view.reservation is not None
    assert view.reservation.status == ReservationStatus.CONSUMED
    assert [parcel.status for parcel in view.parcels] == [ShipmentStatus.DELIVERED]
    assert shop.world.carrier.parcels == {f"{request.order_id}-P1": "delivered"}
    assert shop.world.inventory.count("consumed") == 3
    assert view.refusals == []


async def test_each_milestone_is_told_to_the_customer_once(shop: Shop) -> None:
    shop.world.faults.lose_answers("send", 2)
    request = await shop.start()
    await shop.pay(request)
    await shop.ended(request)
    milestones = [key.removeprefix(f"{request.order_id}/") for key in shop.world.mailer.sent]
    assert sorted(milestones) == ["delivered", "paid", "please-pay", "shipped"]
    to, subject, body = shop.world.mailer.sent[f"{request.order_id}/please-pay"]
    assert (to, subject) == ("ada@example.com", f"Order {request.order_id}: please pay $120.00")
    assert "2 × Chair" in body  # noqa: RUF001 - the multiplication sign is meant


async def test_a_customer_without_e_mail_is_told_by_sms(shop: Shop) -> None:
    request = await shop.start(customer={"customer_id": "CUST-9", "name": "Walk-in", "phone": "+1 202 555-0100"})
    await shop.pay(request)
    view = await shop.ended(request)
    assert {to for to, _, _ in shop.world.mailer.sent.values()} == {"+12025550100"}
    assert "SMS: paid" in [entry.text for entry in view.timeline]


async def test_the_answers_are_the_same_on_a_running_and_a_closed_order(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request)
    result = await shop.handle(request).result()
    status = await shop.orders.get_status(request.order_id)
    view = await shop.orders.get_order(request.order_id)
    assert result == status
    assert (status.status, status.updated_at) == (view.status, view.updated_at)
    estimate = await shop.orders.get_delivery_estimate(request.order_id)
    assert estimate.earliest == estimate.latest == view.parcels[0].updated_at
    assert [action.name for action in view.actions if action.enabled] == ["refund_delivered"]


async def test_a_list_row_can_be_made_of_search_attributes_and_memo(shop: Shop) -> None:
    request = await shop.start()
    description = await shop.handle(request).describe()
    found = description.typed_search_attributes
    assert found[summary.STAGE] == "AWAITING_PAYMENT"
    assert found[summary.OWNER] == "CUST-ADA"
    assert found[summary.AMOUNT] == TOTAL
    assert found[summary.DUE_AT] == (await shop.orders.get_order(request.order_id)).due_at
    assert await description.memo_value(summary.MEMO_TITLE) == "Ada Lovelace"
    assert await description.memo_value(summary.MEMO_NOTE) == "2 × Chair, 1 × Lamp"  # noqa: RUF001 - as above

    await shop.pay(request)
    await shop.ended(request)
    closed = (await shop.handle(request).describe()).typed_search_attributes
    assert closed[summary.STAGE] == "DELIVERED"
    assert closed.get(summary.DUE_AT) is None
    assert await shop.orders.get_summary(f"order-{request.order_id}") is not None


@pytest.mark.skips_time
async def test_the_warehouse_takes_its_time(shop: Shop) -> None:
    request = await shop.paid()
    picking = await shop.orders.get_order(request.order_id)
    estimate = await shop.orders.get_delivery_estimate(request.order_id)
    assert estimate.earliest is not None
    assert estimate.latest is not None
    in_the_warehouse = timedelta(days=4)
    days = DeliveryDays("US", days_off("US", picking.stage_since.year))
    expected = days.next_from(picking.stage_since + in_the_warehouse)
    assert timedelta(0) <= estimate.earliest - expected < timedelta(minutes=1)
    assert estimate.latest >= days.next_from(picking.stage_since + in_the_warehouse + timedelta(days=1))
    assert estimate.basis.startswith("picking, then 3 more steps of 1 day; delivered on working days in US (UTC)")

    await shop.pass_time(timedelta(days=4, minutes=1))
    view = await shop.ended(request)
    delivered = view.parcels[0].updated_at
    assert timedelta(0) <= delivered - picking.stage_since - in_the_warehouse < timedelta(minutes=1)


async def test_an_order_that_does_not_say_takes_the_workers_pace(client: Client) -> None:
    async with open_shop(client, stocked(seconds_per_step=600)) as shop:
        request = await shop.start(fulfilment_seconds_per_step=None)
        estimate = await shop.orders.get_delivery_estimate(request.order_id)
        waiting = await shop.orders.get_order(request.order_id)
    assert estimate.earliest is not None
    assert estimate.basis == "4 steps of 10 minutes after the payment"
    assert timedelta(0) <= estimate.earliest - waiting.stage_since - timedelta(minutes=40) < timedelta(minutes=1)
    assert waiting.due_at is not None
    assert estimate.latest == waiting.due_at + timedelta(minutes=50)
