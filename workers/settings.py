"""Settings of the workers: the store, e-mail, Slack, and the shop's rules for its orders."""

from email.policy import EmailPolicy

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import URL

from workers.store.errors import StoreError
from workers.store.url import parse_store_url
from workflows.orders.policy import DAY, HOUR, OrderPolicy, ParkOrRefund, TooMuch, WhenShort
from workflows.runtime.settings import Settings


class WorkerSettings(Settings):
    """What the workers need to know of the outside world."""

    store_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the store, SQLite or PostgreSQL; default: `store.sqlite` in the data folder",
    )
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
    drain_seconds: int = Field(
        default=20, ge=0, description="how long a worker that is told to stop may finish what it is doing"
    )
    smtp_host: str | None = Field(
        default=None, description="mail server; without one e-mails are kept in the store's outbox only"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="port of the mail server")
    smtp_username: str | None = Field(default=None, description="login at the mail server")
    smtp_password: SecretStr | None = Field(default=None, description="password at the mail server")
    smtp_starttls: bool = Field(default=True, description="encrypt the connection to the mail server with STARTTLS")
    mail_from: str = Field(default="shop@localhost", description="sender of the e-mails")
    slack_token: SecretStr | None = Field(default=None, description="bot token (`xoxb-…`); without one Slack is off")
    slack_channel: str = Field(default="#approvals", description="channel for approval notifications")
    slack_base_url: str = Field(
        default="https://slack.com/api/", description="address of Slack's Web API, for a proxy or a test server"
    )

    stripe_api_key: SecretStr | None = Field(
        default=None,
        description="secret or restricted key (`sk_…`, `rk_…`); without one payments are on the store's ledger only",
    )
    stripe_base_url: str = Field(
        default="https://api.stripe.com", description="address of Stripe's API, for a proxy or a test server"
    )

    @field_validator("store_url")
    @classmethod
    def _names_a_store(cls, url: str | None) -> str | None:
        if url:
            try:
                parse_store_url(url)
            except StoreError as error:
                raise PydanticCustomError("store_url", "{text}", {"text": str(error)}) from None
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_one_address(cls, sender: str) -> str:
        header = EmailPolicy().header_factory("From", sender)
        if len(header.addresses) != 1 or header.defects or not header.addresses[0].domain:
            raise ValueError(f"{sender!r} is not one e-mail address; use one like shop@example.com")
        return sender

    @property
    def order_policy(self) -> OrderPolicy:
        """The shop's rules for its orders."""
        return OrderPolicy(
            seconds_per_step=self.fulfilment_seconds_per_step,
            payment_too_little=self.payment_too_little,
            payment_too_much=self.payment_too_much,
            payment_other_currency=self.payment_other_currency,
            payment_second=self.payment_second,
            when_short=self.when_short,
            back_order_seconds=self.back_order_seconds,
            reminder_seconds=self.reminder_seconds,
        )

    @property
    def resolved_store_url(self) -> str:
        """The store's URL, with the default filled in."""
        if self.store_url:
            return self.store_url
        # Built, not glued: a folder may have a question mark or a percent sign in its name.
        return URL.create("sqlite", database=str(self.data_dir / "store.sqlite")).render_as_string()
