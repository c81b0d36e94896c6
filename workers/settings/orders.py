"""Settings of the orders system."""

from pydantic import Field, SecretStr

from workers.settings.base import MailSettings
from workflows.orders.policy import DAY, HOUR, OrderPolicy, ParkOrRefund, TooMuch, WhenShort


class OrderSettings(MailSettings):
    """The shop's rules for its orders, and its payment provider."""

    fulfilment_seconds_per_step: int = Field(
        default=30,
        ge=0,
        description="how long the built-in warehouse and carrier take for each step, where the order does not say",
    )
    payment_too_little: ParkOrRefund = Field(
        default="park",
        description="a payment below the price: `park` it until the operator decides, or `refund` it at once",
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
    stripe_api_key: SecretStr | None = Field(
        default=None,
        description="secret or restricted key (`sk_…`, `rk_…`); without one payments are on the store's ledger only",
    )
    stripe_base_url: str = Field(
        default="https://api.stripe.com", description="address of Stripe's API, for a proxy or a test server"
    )

    @property
    def policy(self) -> OrderPolicy:
        """The shop's rules."""
        rules = self.model_dump(include=set(OrderPolicy.model_fields))
        return OrderPolicy(seconds_per_step=self.fulfilment_seconds_per_step, **rules)
