"""Answer of the query that says what a payment would do."""

from typing import Literal

from pydantic import Field

from workflows.shared.fields import Answer


class PaymentPreview(Answer):
    """What a payment would do now (query ``preview_payment``)."""

    outcome: Literal["pays", "overpays", "part", "waits", "refused", "nothing"]
    effect: str = Field(description="the same in words and figures")
