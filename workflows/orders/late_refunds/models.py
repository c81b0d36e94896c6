"""Payloads of refunds and returns after delivery."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from workflows.orders.models import Customer
from workflows.orders.payments.refund_models import LinesToRefund, PaymentPart
from workflows.orders.views.models import LedgerEntry, PricedLine, ReservedLine, SideView
from workflows.shared.fields import Answer, Currency, Identifier, LongText, MinorUnits, ShortText
from workflows.shared.inputs import Input


class WantedRefund(LinesToRefund):
    """What goes back of an order that is delivered: the price of lines, or an amount; by default all that is left."""

    amount: MinorUnits | None = Field(
        default=None,
        title="Amount",
        description="empty: the price of the lines; 0: no money, only pieces",
    )
    currency: Currency | None = Field(default=None, title="Currency", description="of the amount: the order's own")
    returned: bool = Field(
        default=False, title="Came back", description="whether these pieces of goods came back, and go into stock"
    )
    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.amount is not None and self.currency is None:
            raise ValueError("an amount needs its currency")
        if self.amount == 0 and not self.returned:
            raise ValueError("an amount of 0 is for pieces that came back only")
        if self.amount is not None and self.returned and self.lines is None:
            raise ValueError("name the lines that came back")
        return self


class RefundRequest(WantedRefund, Input):
    """What starts a refund. One is made for a ``refund_id``, ever."""

    refund_id: Identifier = Field(title="Refund ID", examples=["RET-1001"])
    order_id: Identifier = Field(title="Order ID", examples=["ORD-20250131-143022"])


class Restocked(Answer):
    """Pieces of one reservation that came back."""

    reservation_id: str
    lines: list[ReservedLine]


class RefundPlan(Answer):
    """What was decided about a refund, once: the store keeps it, and a repeat gets it."""

    refund_id: str
    request_hash: str
    amount: int = Field(description="in minor units")
    currency: str
    parts: list[PaymentPart] = Field(description="how much of which payment goes back")
    lines: list[PricedLine] = Field(description="the pieces whose price it is; none if it is an amount")
    restocked: list[Restocked]
    words: str = Field(description="what for, for people")


class RefundAnswer(Answer):
    """What was decided, or why nothing was."""

    refusal: str | None = None
    plan: RefundPlan | None = None
    customer: Customer | None = None


class RefundStage(StrEnum):
    """Stage of a refund."""

    REQUESTED = "REQUESTED"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"


class RefundResult(Answer):
    """What went back."""

    refund_id: str
    order_id: str
    amount: int
    currency: str
    references: list[str] = Field(description="of the refunds in the ledger")


class RefundView(SideView):
    """Answer of ``get_refund``: everything about a refund."""

    request: RefundRequest
    stage: RefundStage
    plan: RefundPlan | None = None
    ledger: list[LedgerEntry] = Field(default_factory=list)
