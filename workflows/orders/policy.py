"""The shop's rules: settings of the workers, which an order asks for once at its start and then keeps."""

from typing import Literal

from pydantic import Field

from workflows.shared.fields import Answer

HOUR = 3_600
DAY = 24 * HOUR

ParkOrRefund = Literal["park", "refund"]
"""``park``: the money is kept aside until somebody decides; ``refund``: all of it goes back at once."""

TooMuch = Literal["accept", "park", "refund"]
"""As :data:`ParkOrRefund`; ``accept``: it pays the order, and the excess goes back at once."""

WhenShort = Literal["reject", "ship_available", "back_order", "cancel_lines", "ask"]
"""What happens if fewer pieces are available than ordered; ``ask``: somebody decides."""


class OrderPolicy(Answer):
    """What an order does where more than one thing would be right."""

    seconds_per_step: int = Field(default=30, description="what warehouse and carrier take for each step")
    payment_too_little: ParkOrRefund = "park"
    payment_too_much: TooMuch = "accept"
    payment_other_currency: ParkOrRefund = "refund"
    payment_second: ParkOrRefund = Field(default="refund", description="a payment for an order that is paid already")
    when_short: WhenShort = Field(default="ask", description="unless the order itself says it")
    back_order_seconds: int = Field(default=14 * DAY, description="how long a back-ordered piece is waited for")
    reminder_seconds: int = Field(
        default=4 * HOUR,
        description="how long before the end of the payment window the customer is reminded; in the middle of a window"
        " shorter than twice that",
    )

    def when_short_of(self, own: WhenShort | None) -> WhenShort:
        """Return what happens if pieces are missing of an order whose request says ``own``."""
        return own or self.when_short
