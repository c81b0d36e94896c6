"""Money, stock and parcels without an owner: each kind is made, found, and mended by the command that is named."""

import pytest
from sqlalchemy import update
from temporalio.client import WorkflowFailureError

from tests.books.conftest import Company, run_temporal
from tests.support.eventually import eventually
from tests.support.orders import TOTAL, moves
from tests.support.pauses import pause
from tests.support.payments import Intake
from workers.books.mending import NothingToMendError
from workers.store.inventory import SqlInventory
from workers.store.items import SqlItems
from workers.store.ledger import Ledger
from workers.store.schema import captures, reservations
from workers.store.shipping import SqlCarrier
from workflows.orders.client import OrdersClient
from workflows.orders.models import OrderStatus
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import ForwardedPayment, PaymentOutcome
from workflows.orders.ports import Capture
from workflows.orders.views.models import CaptureStatus, OrderView, ReservedLine
from workflows.shared.errors import NoAnswerError
from workflows.shared.items import ItemRecord

CHAIRS = [ReservedLine(sku="SKU-CHAIR", quantity=2)]


UNASKED = "order that cannot be asked"


async def book(company: Company, order_id: str, payment_id: str = "pay-1") -> None:
    """Book a capture that the order has not heard of."""
    await Ledger(company.store).book_capture(Capture(payment_id, order_id, TOTAL, "USD"), f"cap-{payment_id}")


async def mended(company: Company) -> PaymentOutcome:
    """Mend the payment, and return who has it."""
    await company.mending.payment("pay-1")
    outcome = (await PaymentsClient(company.client).wait("pay-1")).outcome
    assert await company.findings() == []
    return outcome


async def test_a_capture_of_no_order_goes_back(company: Company) -> None:
    await book(company, "ORD-NONE")
    found = await company.finding()
    assert found.line == (
        "capture without an owner: payment pay-1: $120.00, and order ORD-NONE is unknown;"
        " uv run tconsole mend payment -- pay-1"
    )
    assert await mended(company) == PaymentOutcome.REFUNDED
    assert company.shop.world.payments.kept("ORD-NONE") == 0


async def test_a_capture_that_an_order_had_which_nobody_knows_any_more_goes_back(company: Company) -> None:
    await book(company, "ORD-LOST")
    had = ItemRecord(
        sequence=1,
        status=PaymentOutcome.APPLIED,
        finished=False,
        chain="lost",
        request_hash="lost",
        state=ForwardedPayment(status=CaptureStatus.APPLIED).model_dump(mode="json"),
    )
    await SqlItems(company.store).save("payment-pay-1", had)
    assert await mended(company) == PaymentOutcome.REFUNDED
    assert company.shop.world.payments.kept("ORD-LOST") == 0


async def test_a_payment_that_a_running_order_forgot_pays_it(company: Company) -> None:
    request = await company.shop.start()
    await book(company, request.order_id)
    found = await company.finding()
    assert (found.what, found.item) == ("payment that its order forgot", "payment pay-1")
    assert await mended(company) == PaymentOutcome.APPLIED
    assert (await company.shop.ended(request)).status == OrderStatus.DELIVERED


async def test_a_second_payment_that_a_paid_order_does_not_know(company: Company) -> None:
    request = await company.shop.paid()
    await book(company, request.order_id)
    assert (await company.finding()).item == "payment pay-1"


async def test_a_capture_that_an_order_had_not_when_it_ended_goes_back(company: Company) -> None:
    request = await company.shop.start(fulfilment_seconds_per_step=0)
    await company.shop.pay(request)
    await company.shop.ended(request)
    await book(company, request.order_id)
    assert "ended as DELIVERED" in (await company.finding()).amount
    assert await mended(company) == PaymentOutcome.REFUNDED
    assert company.shop.world.payments.kept(request.order_id) == TOTAL


async def test_what_a_terminated_order_holds_and_a_reset_that_ends_it(company: Company) -> None:
    request = await company.shop.paid()
    await company.shop.handle(request).terminate("an accident")
    money, stock = await eventually(company.findings, lambda found: len(found) == 2)  # the list lags
    assert money.line.startswith(
        f"money of an order that has stopped: payment pay-{request.order_id}: $120.00,"
        f" and order {request.order_id} was terminated; uv run temporal workflow reset "
    )
    assert stock.item == f"reservation {request.order_id}/reservation"
    assert stock.amount == f"3 pieces held, and order {request.order_id} was terminated"
    assert stock.mend == money.mend
    await run_temporal(money.mend)
    await eventually(company.findings, lambda found: not found)
    await company.shop.cancel(request)
    assert (await company.shop.ended(request)).status == OrderStatus.CANCELLED
    assert await company.findings() == []


async def test_a_failed_start_does_not_hide_the_run_that_has_the_money(company: Company) -> None:
    request = await company.shop.paid()
    handle = company.shop.handle(request)
    await handle.terminate("an accident")
    stopped = (await handle.describe()).run_id
    await company.client.start_workflow("OrderWorkflow", {}, id=handle.id, task_queue=company.shop.task_queue)
    with pytest.raises(WorkflowFailureError):
        await company.client.get_workflow_handle(handle.id).result()
    found = await eventually(company.findings, lambda found: len(found) == 2 and f"--run-id {stopped}" in found[0].mend)
    await run_temporal(found[0].mend)
    await eventually(company.findings, lambda found: not found)
    await company.shop.cancel(request)
    assert (await company.shop.ended(request)).status == OrderStatus.CANCELLED


async def test_stock_of_a_terminated_order_whose_money_went_back(company: Company) -> None:
    request = await company.shop.paid()
    await company.shop.handle(request).terminate("an accident")
    await Intake(company.shop, request.order_id, f"pay-{request.order_id}").pay()
    assert (await company.finding()).mend == f"uv run tconsole mend stock -- {request.order_id}/reservation"
    await company.mending.stock(f"{request.order_id}/reservation")
    assert await company.findings() == []
    company.shop.world.inventory.assert_adds_up()


async def test_stock_of_no_order_is_put_back(company: Company) -> None:
    await SqlInventory(company.store).reserve("ORD-GONE/reservation", CHAIRS)
    found = await company.finding()
    assert (found.what, found.amount) == ("stock without an owner", "2 pieces held, and order ORD-GONE is unknown")
    await company.mending.stock("ORD-GONE/reservation")
    assert await company.findings() == []
    company.shop.world.inventory.assert_adds_up()


@pytest.mark.parametrize("status", ["HELD", "CONSUMED"])
async def test_stock_of_an_order_that_was_cancelled(company: Company, status: str) -> None:
    request = await company.shop.paid()
    await company.shop.cancel(request)
    await company.shop.ended(request)
    company.store.run(lambda connection: connection.execute(update(reservations).values(status=status)))
    found = await company.finding()
    assert "ended as CANCELLED" in found.amount
    await company.mending.stock(f"{request.order_id}/reservation")
    assert await company.findings() == []


async def test_a_parcel_whose_money_went_back_is_recalled(company: Company) -> None:
    request = await company.shop.paid()
    await company.shop.cancel(request)
    await company.shop.ended(request)
    carrier = SqlCarrier(company.store)
    parcel_id = f"{request.order_id}-P1"
    await carrier.create_parcel(
        parcel_id=parcel_id,
        order_id=request.order_id,
        address=request.shipping_address,
        payment_ids=[],
        reservations=[],
    )
    found = await company.finding()
    assert (found.what, found.item) == ("parcel of a refunded order", f"parcel {parcel_id}")
    await company.mending.parcel(parcel_id)
    assert await company.findings() == []


@pytest.mark.parametrize("wrong", ["amount", "order_id", "payment_id"])
async def test_refunds_that_fit_no_capture(company: Company, wrong: str) -> None:
    request = await company.shop.paid()
    await company.shop.cancel(request)
    view = await company.shop.ended(request)
    assert [kind for kind, _ in moves(view)] == ["capture", "refund"]
    values = {"amount": 1, "order_id": "ORD-ELSE", "payment_id": "pay-else"}
    driver = company.store._connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")
    company.store.run(lambda connection: connection.execute(update(captures).values({wrong: values[wrong]})))
    found = [finding.what for finding in await company.findings()]
    assert {
        "amount": "refunds above their capture",
        "order_id": "refund of another order or currency than its capture",
        "payment_id": "refund without a capture",
    }[wrong] in found


async def test_what_has_an_owner_is_not_mended(company: Company) -> None:
    request = await company.shop.paid()
    mending, payment_id = company.mending, f"pay-{request.order_id}"
    for refused in (
        mending.payment(payment_id),
        mending.stock(f"{request.order_id}/reservation"),
        mending.parcel(f"{request.order_id}-P1"),
        mending.give_up_message(f"{request.order_id}/paid"),
    ):
        with pytest.raises(NothingToMendError, match="has an owner, or is not known"):
            await refused


async def test_an_order_that_does_not_answer_hides_no_other_finding(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is paused, and the tasks of another one fail."""
    paused, failing = [await company.shop.start() for _ in range(2)]
    for number, order_id in enumerate((paused.order_id, failing.order_id, "ORD-NONE")):
        await book(company, order_id, f"pay-{number}")
    await pause(company.client, company.shop.handle(paused).id)
    ask, words = OrdersClient.get_order, "cannot answer now: Workflow Task in failed state"

    async def fail(client: OrdersClient, order_id: str) -> OrderView:
        if order_id == failing.order_id:
            raise NoAnswerError(words)
        return await ask(client, order_id)

    monkeypatch.setattr(OrdersClient, "get_order", fail)
    found = {each.item: each for each in await eventually(company.findings, lambda found: len(found) == 3)}
    assert {each.what for each in found.values()} == {UNASKED, "capture without an owner"}
    unasked = found[f"order {failing.order_id}"]
    assert words in unasked.amount
    await run_temporal(unasked.mend)
    await run_temporal(found[f"order {paused.order_id}"].mend)
    monkeypatch.undo()
    left = await eventually(company.findings, lambda found: UNASKED not in {each.what for each in found})
    assert {each.item for each in left} == {"payment pay-0", "payment pay-1", "payment pay-2"}
