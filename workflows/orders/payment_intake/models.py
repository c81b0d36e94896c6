"""Payloads of the payment intake, and of its talk with the order."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from workflows.orders.models import CapturedPayment, Customer
from workflows.orders.views.models import CaptureStatus, RefundPart, SideView
from workflows.shared.fields import BLANK_IS_NONE, Answer, EmailAddress, Identifier, Payload, Phone
from workflows.shared.inputs import Input


class TakePayment(Input, CapturedPayment):
    """Update ``take_payment`` of an order: the intake forwards a payment that the ledger has.

    The order answers with its status. If that is ``PARKED`` or ``RETURNING``, the order sends the signal
    ``payment_decided`` later.
    """


class PaymentRequest(TakePayment):
    """What starts a payment: a gateway captured money for an order."""

    order_id: Identifier = Field(title="Order ID", examples=["ORD-20250131-143022"])
    customer_email: Annotated[EmailAddress | None, BLANK_IS_NONE] = Field(
        default=None, title="E-mail", description="whom to tell that the money goes back, if there is no such order"
    )
    customer_phone: Annotated[Phone | None, BLANK_IS_NONE] = Field(
        default=None, title="Phone", description="the same, where there is no e-mail"
    )

    @property
    def address(self) -> str | None:
        """Where the gateway says that its customer is told."""
        return self.customer_email or self.customer_phone


class PaymentOutcome(StrEnum):
    """How a payment ends."""

    APPLIED = "APPLIED"
    REFUNDED = "REFUNDED"


CLAIMED = "CLAIMED"
"""Status of a payment in the store that its order has found in the ledger, and decides about."""


class PaymentResult(Answer):
    """What became of a payment."""

    payment_id: str
    order_id: str
    outcome: PaymentOutcome
    refund_reference: str | None = None


class PaymentDecided(Payload):
    """Signal ``payment_decided``, from the order: what became of a payment that the intake waits for."""

    outcome: PaymentOutcome
    refund_reference: str | None = None


class PaymentStage(StrEnum):
    """Stage of a payment intake."""

    RECEIVED = "RECEIVED"
    RECORDED = "RECORDED"
    AWAITING_ORDER = "AWAITING_ORDER"
    PARKED = "PARKED"
    REFUNDING = "REFUNDING"
    APPLIED = "APPLIED"
    REFUNDED = "REFUNDED"


class PaymentIntakeView(SideView):
    """Answer of ``get_payment``: everything about a payment."""

    request: PaymentRequest
    stage: PaymentStage
    reason: str = ""
    reference: str | None = Field(default=None, description="of the capture in the ledger, by the provider")
    refunded: int = Field(
        default=0,
        description="in minor units: what went back before the payment had an owner; the order knows the rest",
    )
    refund_reference: str | None = None


class ForwardPayment(Answer):
    """A payment to forward to its order, and for how long it has waited for that to be started."""

    request: PaymentRequest
    waited_seconds: int


class ForwardedPayment(Answer):
    """A payment after it was forwarded to its order, or after a look at that order."""

    status: CaptureStatus | None = Field(
        description="at the order; null if nobody has it, as the order is closed or unknown"
    )
    reason: str = ""
    refund_reference: str | None = None
    owed: list[RefundPart] = Field(default_factory=list, description="what nobody has sent back, if nobody has it")
    customer: Customer | None = Field(default=None, description="whom to tell, if the order is known")
    wait_seconds: int = Field(
        default=0, description="how much longer it may wait for its order, which is not there yet; nothing is decided"
    )
