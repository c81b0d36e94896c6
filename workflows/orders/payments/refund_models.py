"""Payloads of refunds by line."""

from typing import Literal

from pydantic import Field, field_validator

from workflows.orders.models import MAX_PIECES
from workflows.shared.fields import (
    Answer,
    Currency,
    Identifier,
    Integer,
    LongText,
    MinorUnits,
    Payload,
    ShortText,
    UtcDatetime,
)
from workflows.shared.inputs import Input


class RefundLine(Payload):
    """Some pieces of one line whose price goes back, goods or a service such as shipping."""

    sku: Identifier = Field(title="SKU", examples=["SKU-CHAIR"])
    line: Integer | None = Field(
        default=None, title="Line", description="its number, counted from 1, if the SKU is on several lines", ge=1
    )
    quantity: Integer = Field(title="Quantity", ge=1, le=MAX_PIECES)


class LinesToRefund(Input):
    """What is to be refunded (query ``preview_refund``)."""

    lines: list[RefundLine] | None = Field(
        default=None, title="Lines", description="empty: everything that is left", min_length=1, max_length=100
    )

    @field_validator("lines")
    @classmethod
    def _names_each_line_once(cls, lines: list[RefundLine] | None) -> list[RefundLine] | None:
        named = [(line.sku, line.line) for line in lines or ()]
        skus = {sku for sku, number in named if number is None}
        twice = next((each[0] for each in named if named.count(each) > 1 or (each[1] and each[0] in skus)), None)
        if twice is not None:
            raise ValueError(f"{twice} is named twice; add its quantities up, or name different lines of the order")
        return lines


class RefundLines(LinesToRefund):
    """Update ``refund_lines``: the price of some pieces goes back, and those that are still here into stock."""

    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class RefundAmount(Input):
    """Update ``refund_amount``: some of the money goes back, whatever for; nothing is taken out of the order."""

    amount: MinorUnits = Field(title="Amount", description="in minor units", gt=0)
    currency: Currency = Field(title="Currency", description="the order's own: money is never converted")
    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class DecideRefund(Input):
    """Update ``decide_refund``: a second person decides about a refund that is above the shop's limit."""

    refund_id: Identifier = Field(title="Refund ID")
    decision: Literal["approve", "reject"] = Field(title="Decision", description="send the money, or do not")
    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class HeldRefund(Answer):
    """A refund that waits for a second person. Nothing of it is done yet."""

    refund_id: str
    at: UtcDatetime
    amount: int = Field(description="in minor units of the order's currency")
    words: str = Field(description="what for, for people")
    by: str
    reason: str
    lines: list[RefundLine] | None = Field(default=None, description="as asked for; null: everything that is left")
    is_amount: bool = Field(default=False, description="whether it is an amount, and no lines")
    update_id: str


class PaymentPart(Answer):
    """A part of a payment, in minor units."""

    payment_id: str
    amount: int


class RefundPreview(Answer):
    """What a refund would do; ``amount`` in minor units."""

    amount: int
    currency: str
    payment_id: str = Field(description="the first of `parts`")
    parts: list[PaymentPart] = Field(description="how much of which payment goes back")
    effect: str
