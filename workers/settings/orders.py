"""Settings of the orders system."""

from pydantic import Field, SecretStr

from workers.settings.base import MailSettings
from workflows.orders.policy import DEFAULT_STEP_SECONDS, OrderPolicy, OrderRules, StepSeconds


class OrderSettings(OrderRules, MailSettings):
    """The shop's rules for its orders, and its payment provider."""

    fulfilment_seconds_per_step: StepSeconds = DEFAULT_STEP_SECONDS
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
        rules = self.model_dump(include=set(OrderRules.model_fields))
        return OrderPolicy(seconds_per_step=self.fulfilment_seconds_per_step, **rules)
