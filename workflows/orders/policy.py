"""The shop's rules: settings of the workers, which an order asks for once at its start and then keeps."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from workflows.shared.fields import Answer, Currency

HOUR = 3_600
DAY = 24 * HOUR

ParkOrRefund = Literal["park", "refund"]
"""``park``: the money is kept aside until somebody decides; ``refund``: all of it goes back at once."""

TooMuch = Literal["accept", "park", "refund"]
"""As :data:`ParkOrRefund`; ``accept``: it pays the order, and the excess goes back at once."""

WhenShort = Literal["reject", "ship_available", "back_order", "cancel_lines", "ask"]
"""What happens if fewer pieces are available than ordered; ``ask``: somebody decides."""

StepSeconds = Annotated[
    int,
    Field(
        ge=0, description="how long the built-in warehouse and carrier take for each step, where the order does not say"
    ),
]
DEFAULT_STEP_SECONDS = 30


class OrderRules(BaseModel):
    """The rules that settings and policy share, under the same names."""

    payment_too_little: ParkOrRefund = Field(
        default="park",
        description="a payment below the price: `park` it until others make up the rest, the operator decides or the"
        " payment window ends, or `refund` it at once",
    )
    payment_too_much: TooMuch = Field(
        default="accept",
        description="a payment above the price: `accept` it and refund the excess, `park` it, or `refund` all of it",
    )
    payment_other_currency: ParkOrRefund = Field(
        default="refund", description="a payment in another currency than the order's: `park` it, or `refund` it"
    )
    payment_second: ParkOrRefund = Field(
        default="refund", description="a payment for an order that is paid already: `park` it, or `refund` it"
    )
    refund_second_person_above: dict[Currency, int] = Field(
        default={},
        description='in minor units by currency, as `{"USD": 50000}`: what one person refunds of an order above that'
        " waits for a second one",
    )
    payment_waits_seconds: int = Field(
        default=900,
        ge=0,
        description="how long a payment that came before its order waits for it, until it goes back",
    )
    when_short: WhenShort = Field(
        default="ask",
        description="fewer pieces in stock than ordered, where the order does not say: `reject`, `ship_available`,"
        " `back_order`, `cancel_lines`, or `ask` the operator",
    )
    back_order_seconds: int = Field(
        default=14 * DAY, ge=1, description="how long an order waits for back-ordered pieces"
    )
    reminder_seconds: int = Field(
        default=4 * HOUR,
        ge=0,
        description="how long before the end of the payment window the customer is reminded, 0 for never;"
        " in the middle of a window shorter than twice that",
    )


MIN_STEP_IN_DAYS = timedelta(hours=1)
"""Steps at least this long stand for a carrier who delivers on working days; shorter ones end with their timer."""


class OrderPolicy(OrderRules, Answer):
    """What an order does where more than one thing would be right."""

    seconds_per_step: StepSeconds = DEFAULT_STEP_SECONDS
