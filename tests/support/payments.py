"""One payment at the payment intake, as a gateway and an operator see it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.support.eventually import TIMEOUT, eventually
from tests.support.orders import TOTAL, Shop
from tests.support.temporal import fresh
from workflows.orders.client import payment_workflow_id, workflow_id
from workflows.orders.models import PaymentConfirmation, ResolveStep
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import (
    PaymentIntakeView,
    PaymentOutcome,
    PaymentRequest,
    PaymentResult,
    PaymentStage,
)
from workflows.orders.payments.records import refund_key


class Intake:
    """A payment of the right amount for an order, with ``changes``."""

    def __init__(self, shop: Shop, order_id: str, payment_id: str | None = None, **changes: Any) -> None:  # noqa: ANN401 - any field of the model
        self._shop = shop
        self.client = PaymentsClient(shop.client, task_queue=shop.task_queue)
        self.id = payment_id or fresh("pay")
        fields = {"payment_id": self.id, "order_id": order_id, "amount": TOTAL, "currency": "USD", "method": "card"}
        self.request = PaymentRequest.model_validate(fields | changes)
        self.refund_key = refund_key(order_id, self.id)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The handle of its workflow."""
        return self._shop.client.get_workflow_handle(payment_workflow_id(self.id))

    @property
    def as_signal(self) -> PaymentConfirmation:
        """The same payment as a signal to the order."""
        return PaymentConfirmation.model_validate(
            self.request.model_dump(include=set(PaymentConfirmation.model_fields))
        )

    async def start(self) -> None:
        """Hand it in."""
        await self.client.start(self.request)

    async def start_and_park(self) -> None:
        """Hand it in, and wait until it waits for a decision."""
        await self.start()
        await self.until(lambda view: view.stage == PaymentStage.PARKED)

    async def pay(self, **changes: Any) -> PaymentResult:  # noqa: ANN401 - any field of the model
        """Hand it in, with ``changes``, and wait until it has an owner."""
        return await self.client.pay(self.request.model_copy(update=changes), within=timedelta(seconds=TIMEOUT))

    async def outcome(self) -> PaymentOutcome:
        """Do the same, and return who has it."""
        return (await self.pay()).outcome

    async def view(self) -> PaymentIntakeView:
        """Return everything about it."""
        return await self.client.get_payment(self.id)

    async def until(self, reached: Callable[[PaymentIntakeView], bool]) -> PaymentIntakeView:
        """Wait until it looks as wanted, and return it."""
        return await eventually(self.view, reached)

    async def told(self) -> int:
        """Return how often its order has told it of a decision."""
        order = self._shop.client.get_workflow_handle(workflow_id(self.request.order_id))
        events = (await order.fetch_history()).events
        return sum(event.HasField("signal_external_workflow_execution_initiated_event_attributes") for event in events)

    async def resolve(self, kind: str, decision: str, **more: str) -> PaymentIntakeView:
        """Decide about a stuck step."""
        fields = {"step": f"{kind}/{self.id}", "decision": decision, "by": "ana"} | more
        return await self.client.resolve_step(self.id, ResolveStep.model_validate(fields))

    @property
    def refunds(self) -> list[int]:
        """The amounts that went back."""
        return [amount for paid, amount, _ in self._shop.world.payments.refunds.values() if paid == self.id]

    @property
    def moves(self) -> tuple[int, list[int]]:
        """What was captured, and the amounts that went back."""
        return self._shop.world.payments.captures[self.id][1], self.refunds

    @property
    def returned_emails(self) -> list[tuple[str, str, str]]:
        """The e-mails (recipient, subject, body) that say that it goes back."""
        key = f"payment/{self.id}/returned"
        return [email for sent, email in self._shop.world.mailer.sent.items() if sent == key]
