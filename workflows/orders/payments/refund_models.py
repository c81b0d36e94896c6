"""Payloads of refunds by line."""

from pydantic import Field, field_validator

from workflows.orders.models import MAX_PIECES
from workflows.shared.fields import Answer, Identifier, Integer, LongText, Payload, ShortText
from workflows.shared.inputs import Input


class RefundLine(Payload):
    """Some pieces of one SKU whose price goes back."""

    sku: Identifier = Field(title="SKU", examples=["SKU-CHAIR"])
    quantity: Integer = Field(title="Quantity", ge=1, le=MAX_PIECES)


class LinesToRefund(Input):
    """What is to be refunded (query ``preview_refund``)."""

    lines: list[RefundLine] | None = Field(
        default=None, title="Lines", description="empty: everything that is left", min_length=1, max_length=100
    )

    @field_validator("lines")
    @classmethod
    def _names_each_sku_once(cls, lines: list[RefundLine] | None) -> list[RefundLine] | None:
        skus = [line.sku for line in lines or ()]
        twice = next((sku for sku in skus if skus.count(sku) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} is named twice; add its quantities up")
        return lines


class RefundLines(LinesToRefund):
    """Update ``refund_lines``: the price of some pieces goes back, and those that are still here into stock."""

    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class RefundPreview(Answer):
    """What a refund would do; ``amount`` in minor units."""

    amount: int
    currency: str
    payment_id: str
    effect: str
