"""Refunds and returns after delivery: never more than was captured, whatever comes at the same time or twice."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from tests.orders.properties.books import check_books, kept
from tests.orders.properties.events import CANCEL
from tests.orders.properties.scenarios import PLENTY, STOCK, Line, Scenario
from tests.orders.properties.simulated import ORDER_ID, SimulatedOrder, waiting_for_payment
from tests.support.eventually import eventually
from tests.support.orders import TOTAL as SHOP_TOTAL
from tests.support.orders import Shop, action
from tests.support.profiles import examples
from tests.support.simulation import Call, Simulation
from tests.support.temporal import fresh
from workflows.orders.activities import OrderActivities
from workflows.orders.client import workflow_id
from workflows.orders.late_refunds.after_the_end import payment_status_after
from workflows.orders.late_refunds.models import RefundRequest, RefundView, WantedRefund
from workflows.orders.late_refunds.workflow import RefundWorkflow
from workflows.orders.models import OrderStatus, PaymentConfirmation, PaymentStatus
from workflows.orders.views.models import LateRefund, OrderView
from workflows.shared.errors import RefusedError
from workflows.shared.visibility import VisibilityActivities

LINES: tuple[Line, ...] = (
    (PLENTY, 2, 1_000),
    (PLENTY, 1, 999),
    ("SHIPPING", 1, 599, "service"),
    ("OFF", 1, -100, "discount"),
)
TOTAL = 3_498
LAMP = {"sku": PLENTY, "line": 1, "quantity": 1}


def delivered(lines: tuple[Line, ...] = LINES, parts: Sequence[int] = (2_000, TOTAL - 2_000)) -> SimulatedOrder:
    """Return a delivered order that was paid in parts."""
    order = waiting_for_payment(Scenario(lines=lines, long_steps=True))
    for number, amount in enumerate(parts):
        order.tell(PaymentConfirmation(payment_id=f"part-{number}", amount=amount, currency="USD"))
        order.settle()
    assert order.finish().status == OrderStatus.DELIVERED
    return order


class Refund:
    """One run of a refund's workflow."""

    def __init__(self, order: SimulatedOrder, refund_id: str = "R1", **changes: Any) -> None:  # noqa: ANN401 - any field
        fields = {"refund_id": refund_id, "order_id": ORDER_ID, "by": "ana", "reason": "broken", **changes}
        world = order.world
        self.failure: str | None = None
        self.run = Simulation(
            RefundWorkflow,
            RefundRequest.model_validate(fields),
            workflow_id=f"refund-{refund_id}",
            activities=[
                *OrderActivities(world.ports, registered=True).all(),
                VisibilityActivities(registered=True).search_attributes_registered,
            ],
        )

    @property
    def view(self) -> RefundView:
        """What it says."""
        return self.run.query("get_refund")  # type: ignore[no-any-return]

    def step(self) -> None:
        """Run a workflow task; a refund that is not possible fails."""
        self._try(self.run.run_task)

    def perform(self, call: Call) -> None:
        """Let an activity happen."""
        self._try(lambda: self.run.perform(call))

    def _try(self, do: Callable[[], object]) -> None:
        try:
            do()
        except ApplicationError as error:
            self.failure = error.message

    def finish(self) -> "Refund":
        """Let everything happen until it ends."""
        while not self.run.closed:
            for call in list(self.run.calls.values()):
                if call.seq in self.run.calls:
                    self.perform(call)
            self.step()
        return self


def kept_of(order: SimulatedOrder) -> int:
    """Return captured less refunded money."""
    return kept(order.books(), ORDER_ID)["USD"]


def test_lines_go_back_at_their_share_of_the_discount_and_into_stock() -> None:
    order = delivered()
    refund = Refund(order, lines=[LAMP], returned=True).finish()
    plan = refund.view.plan
    assert plan is not None
    assert (plan.amount, [part.payment_id for part in plan.parts]) == (972, ["part-1"])
    assert kept_of(order) == TOTAL - 972
    assert [row["quantity"] for row in order.books().reservation_lines] == [2]
    told = [entry.text for entry in refund.view.timeline]
    assert {"back in stock: 1 piece", "done", "e-mail: refunded"} <= set(told)
    assert f"{ORDER_ID}/late-refund-R1" in order.world.mailer.sent


def test_all_that_is_left_goes_back_once() -> None:
    order = delivered()
    Refund(order, "R1", amount=100, currency="USD").finish()
    Refund(order, "R2").finish()
    assert kept_of(order) == 0
    assert Refund(order, "R3").finish().failure == "nothing is left to refund; nothing was moved"


def test_a_repeat_moves_nothing_again_and_another_request_with_its_id_fails() -> None:
    order = delivered()
    for _ in range(2):
        assert Refund(order, amount=100, currency="USD").finish().failure is None
    assert kept_of(order) == TOTAL - 100
    assert "is known with another request" in (Refund(order, amount=101, currency="USD").finish().failure or "")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"amount": TOTAL + 1, "currency": "USD"}, "$34.99 to refund, and only $34.98 is left"),
        ({"amount": 1, "currency": "EUR"}, "the order is in USD, and money is never converted"),
        ({"lines": [{"sku": PLENTY, "quantity": 1}]}, f"{PLENTY} is on line 1 and 2; name the line"),
        ({"lines": [{**LAMP, "line": 3}]}, f"{PLENTY} is on line 1 and 2, not on line 3"),
        ({"lines": [{**LAMP, "quantity": 3}]}, "line 1: 3 to refund, 2 ordered"),
        ({"lines": [{"sku": "OFF", "quantity": 1}]}, "the order has no OFF that can be refunded"),
    ],
)
def test_what_is_not_possible_moves_nothing_and_says_why(request_: dict[str, Any], words: str) -> None:
    order = delivered()
    assert Refund(order, **request_).finish().failure == f"{words}; nothing was moved"
    assert kept_of(order) == TOTAL


def test_pieces_come_back_once() -> None:
    order = delivered()
    only_pieces = {"lines": [{**LAMP, "quantity": 2}], "returned": True, "amount": 0, "currency": "USD"}
    assert Refund(order, "R1", **only_pieces).finish().failure is None
    assert kept_of(order) == TOTAL
    refund = Refund(order, "R2", lines=[{**LAMP, "quantity": 2}], returned=True).finish()
    assert "cannot have come back" in (refund.failure or "")
    assert Refund(order, "R3", lines=[{**LAMP, "quantity": 2}]).finish().failure is None


def test_of_an_order_that_is_open_or_cancelled_nothing_goes_back() -> None:
    order = waiting_for_payment()
    assert "has not ended" in (Refund(order).finish().failure or "")
    order.tell(CANCEL)
    order.finish()
    assert "the order is cancelled" in (Refund(order, "R2").finish().failure or "")
    assert not action(order.view, "refund_delivered").enabled


def test_an_open_order_refuses_and_a_delivered_one_offers_refunds() -> None:
    order = waiting_for_payment()
    reason = "the order is not delivered yet; refund lines or an amount of it"
    assert action(order.view, "refund_delivered").reason == reason
    for name in ("refund_lines", "refund_amount"):
        assert action(delivered().view, name).reason == 'the order is delivered; use "Refund after delivery"'
    effect = "refunds lines or an amount of the $34.98 that was left of part-0 and part-1 at the end"
    assert action(delivered().view, "refund_delivered").effect == f"{effect}; what comes back goes into stock"


def of_line(line: int, quantity: int, *, returned: bool) -> dict[str, Any]:
    """Return the wish to refund pieces of a line, which came back or did not."""
    return {"lines": [{"sku": PLENTY, "line": line, "quantity": quantity}], "returned": returned}


requests = st.one_of(
    st.just({}),
    st.builds(lambda amount: {"amount": amount, "currency": "USD"}, st.integers(1, TOTAL)),
    st.builds(
        lambda line, quantity, returned: {
            "lines": [{"sku": PLENTY, "line": line, "quantity": quantity}],
            "returned": returned,
        },
        st.integers(1, 2),
        st.integers(1, 2),
        st.booleans(),
    ),
    st.just({"lines": [{"sku": "SHIPPING", "quantity": 1}]}),
)


@examples(12, far=2_000, shrinks=False)
@given(wanted=st.lists(requests, min_size=1, max_size=4), seed=st.integers(0, 2**16))
def test_refunds_that_interleave_never_exceed_the_capture(wanted: list[dict[str, Any]], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    order = delivered()
    refunds = [Refund(order, f"R{number}", **each) for number, each in enumerate(wanted)]
    repeats = [Refund(order, f"R{number}", **each) for number, each in enumerate(wanted) if chance.random() < 1 / 2]
    runs = [*refunds, *repeats]
    while running := [each for each in runs if not each.run.closed]:
        refund = chance.choice(running)
        if not refund.run.calls:
            refund.step()
            continue
        call = chance.choice(list(refund.run.calls.values()))
        if chance.random() < 1 / 5:
            call.perform()  # the answer gets lost, and Temporal tries again
        else:
            refund.perform(call)
        refund.step()
        check_books(order.books(), STOCK)
    sent = sum(refund.view.plan.amount for refund in refunds if refund.failure is None and refund.view.plan)
    assert kept_of(order) == TOTAL - sent >= 0
    assert not any(refund.view.stuck for refund in runs if refund.failure is None)


async def test_a_client_refunds_a_delivered_order_once_and_the_order_shows_it(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request)
    order = await shop.ended(request)
    refund_id = fresh("RET")
    wanted = WantedRefund.model_validate(
        {"lines": [{"sku": "SKU-CHAIR", "quantity": 1}], "returned": True, "by": "ana", "reason": "a leg is broken"}
    )
    done = await shop.orders.refund_delivered(request.order_id, wanted, refund_id=refund_id)
    assert done.amount == 5_000
    assert await shop.orders.refund_delivered(request.order_id, wanted, refund_id=refund_id) == done
    assert shop.world.payments.kept(request.order_id) == SHOP_TOTAL - 5_000
    assert shop.world.inventory.count("consumed") == 2
    too_much = WantedRefund(amount=7_001, currency="USD", by="ana", reason="more")
    with pytest.raises(RefusedError, match="is left; nothing was moved"):
        await shop.orders.refund_delivered(request.order_id, too_much)
    _, late = await eventually(
        partial(shop.orders.get_late, order), lambda late: {each.stage for each in late[1]} == {"REFUNDED", "REFUSED"}
    )
    (shown,) = [each for each in late if each.refund_id == refund_id]
    assert (shown.stage, shown.amount, shown.reason) == ("REFUNDED", 5_000, "1 × Chair: a leg is broken")  # noqa: RUF001
    snapshot = await shop.orders.get_snapshot(workflow_id(request.order_id), OrderView)
    assert snapshot.view.payment_status == PaymentStatus.PARTLY_REFUNDED


@pytest.mark.parametrize(
    ("refunds", "status"),
    [
        ([], PaymentStatus.PAID),
        ([("REFUNDED", 0), ("REFUSED", TOTAL), ("REQUESTED", TOTAL), (None, None)], PaymentStatus.PAID),
        ([("REFUNDED", 1), ("REFUNDING", 1)], PaymentStatus.REFUND_PENDING),
        ([("REFUNDED", TOTAL - 1)], PaymentStatus.PARTLY_REFUNDED),
        ([("REFUNDED", TOTAL - 1), ("REFUNDED", 1)], PaymentStatus.REFUNDED),
    ],
)
def test_the_status_of_the_money_follows_what_went_back_after_delivery(
    refunds: list[tuple[str | None, int | None]], status: PaymentStatus
) -> None:
    now = datetime.now(UTC)
    late = [
        LateRefund(refund_id=f"R{number}", came_at=now, stage=stage, amount=amount, currency="USD")
        for number, (stage, amount) in enumerate(refunds)
    ]
    assert payment_status_after(delivered().view, late) == status
