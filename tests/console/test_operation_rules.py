"""Rules of the operations on a run: what is offered, where it can be reset to, and what is still held."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from temporalio.client import Client

from console.dialogs.base import Question
from console.gateway.events.description import RunDescription
from console.gateway.events.parsing import parse
from console.gateway.health import Health
from console.gateway.operations import RunOperations
from console.gateway.rows import Row, RowKey
from console.operations.dialog import OperationDialog
from console.operations.meaning import Meaning
from console.operations.operation import (
    CANCEL,
    CANNOT_PAUSE,
    PAUSE,
    RESET,
    START_AGAIN,
    TERMINATE,
    UNPAUSE,
    Decision,
    Offer,
    offers,
)
from console.operations.points import NOTHING, reset_points
from console.registry import SYSTEMS
from console.systems.orders.operations import ORDER
from tests.screens.frozen import snapshot
from tests.support.forms import asked
from tests.support.run_histories import at, event, failing, task
from workflows.orders.models import OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.held import held_words, still_held
from workflows.orders.views.models import Reservation, ReservationStatus, ReservedLine
from workflows.shared.errors import RefusedError
from workflows.shared.timeline import TimelineEntry

START = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
KEY = RowKey("order-1", "run")
RUN = RunDescription(KEY, "OrderWorkflow", "running", START, None, 10, 100)
ENDED = replace(RUN, status="terminated", closed_at=START)
HOSTILE = "ORD [red]\x1b[31m\u202eevil"


def refusals(run: RunDescription, *, latest: bool = True, can_pause: bool = True) -> dict[str, str]:
    """Return why each operation is not possible on an order's run, by its title."""
    found = offers(run, ORDER, can_pause=can_pause, latest=latest, read_only=False)
    return {each.operation.title: each.why_not for each in found}


def test_what_is_offered_follows_the_state_of_the_run() -> None:
    running, ended = refusals(RUN), refusals(ENDED)
    assert [title for title, why in running.items() if why] == [START_AGAIN.title]
    assert [title for title, why in ended.items() if not why] == [RESET.title, START_AGAIN.title]
    assert "a later run" in refusals(ENDED, latest=False)[START_AGAIN.title]
    assert refusals(RUN, can_pause=False)[PAUSE.title] == CANNOT_PAUSE
    paused = refusals(replace(RUN, status="paused"), can_pause=False)
    assert (paused[UNPAUSE.title], PAUSE.title in paused) == ("", False)
    assert all(offer.why_not for offer in offers(RUN, ORDER, can_pause=True, latest=True, read_only=True))
    nobody = offers(ENDED, Meaning(), can_pause=True, latest=True, read_only=False)
    assert next(each for each in nobody if each.operation is START_AGAIN).why_not.endswith("not by people")


def test_a_pause_says_what_still_ends() -> None:
    row = Row(KEY, "1", START, stage=OrderStatus.AWAITING_PAYMENT, due_at=START + timedelta(minutes=5))
    assert ORDER.deadline(row, START).startswith("the payment window still ends at ")
    assert "ended at" in ORDER.deadline(row, START + timedelta(hours=1))
    assert ORDER.deadline(replace(row, stage="PAID"), START).startswith("the time limit of this stage")
    assert ORDER.deadline(replace(row, due_at=None), START) == ""


def test_points_are_named_by_what_follows() -> None:
    events = [parse(one) for one in (*failing(), *task(21, 2_000))]
    entries = [
        TimelineEntry(at=at(0.1), text="created"),
        TimelineEntry(at=at(0.1) + timedelta(microseconds=1), text="stock reserved"),
        TimelineEntry(at=at(0.1), text="a third one"),
    ]
    points = reset_points(events, entries)
    assert [(point.event_id, point.words) for point in points][-1] == (4, "created; stock reserved and 1 more")
    assert [point.business for point in points][-1]
    assert points[0].words == NOTHING
    assert [point.event_id for point in points] == sorted((point.event_id for point in points), reverse=True)
    named = reset_points([parse(one) for one in failing()], ())
    assert "activity reserve_stock" in {point.words for point in named}
    ended = [*task(2, 1), event(5, 1, "workflow_execution_completed")]
    assert reset_points([parse(one) for one in ended], ())[0].words == "workflow execution completed"


def test_an_order_says_what_it_holds() -> None:
    order = snapshot(SYSTEMS[0]).view
    lines = [ReservedLine(sku="SKU-LAMP", quantity=2)]
    order.reservations = [Reservation(reservation_id="r", status=ReservationStatus.HELD, lines=lines)]
    order.ledger = order.ledger[:1]
    assert still_held(order) == [
        "$99.50 of the customer's money, for goods that are not delivered yet",
        "$1.00 of pay_77, about which nobody has decided",
        "2 pieces in stock, reserved: 2 × SKU-LAMP",  # noqa: RUF001 - multiplication sign
        "parcel PAR-1, picked",
    ]
    order.reservations, order.parked = [], []
    for parcel in order.parcels:
        parcel.status = ShipmentStatus.DELIVERED
    assert still_held(order) == ["$99.50 of the customer's money, for goods of which a part is delivered"]
    order.status = OrderStatus.CANCELLED
    assert still_held(order) == ["$99.50 of the customer's money, which did not go back"]
    order.status = OrderStatus.DELIVERED
    assert (still_held(order), held_words(order)) == ([], "")
    order.payment_status = PaymentStatus.REFUND_PENDING
    assert still_held(order) == ["a refund that has not gone back yet"]


async def test_a_read_only_console_makes_no_call() -> None:
    class NoCalls:
        identity, namespace = "console", "default"

    operations = RunOperations(cast("Client", NoCalls()), Health(), KEY, "chen", read_only=True)
    for call in (
        operations.cancel("why", "id"),
        operations.terminate("why"),
        operations.reset("why", "id", 4, reapply=True),
        operations.pause("why", "id"),
        operations.unpause("why", "id"),
    ):
        with pytest.raises(RefusedError, match="read-only"):
            await call


async def test_a_hostile_id_is_text_and_can_be_typed_as_it_is_shown() -> None:
    sent: list[Decision] = []

    async def send(decision: Decision) -> None:
        sent.append(decision)

    offer = Offer(TERMINATE, "ends it")
    dialog = OperationDialog(Question("Terminate", HOSTILE, offer.effect), TERMINATE, HOSTILE, [], send)
    async with asked(dialog, (80, 24)) as pilot:
        await pilot.press(*"why", "enter", *"ORD [red]evil", "ctrl+s")
        await pilot.app.workers.wait_for_complete()
    assert [(one.reason, one.reapply) for one in sent] == [("why", True)]
    assert CANCEL.dangerous
