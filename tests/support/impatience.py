"""Orders and payments whose steps are tried again at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from temporalio.common import RetryPolicy

from workflows.orders.goods import stock
from workflows.orders.payment_intake import workflow as payment_intake
from workflows.orders.steps import retrying

PAUSE = timedelta(seconds=0.3)
"""Between two rounds of a step that fails; in earnest it is a minute and more."""


@contextmanager
def impatience() -> Iterator[None]:
    """Let steps that fail be tried again at once."""
    attempts = RetryPolicy(
        initial_interval=timedelta(milliseconds=20), maximum_interval=timedelta(milliseconds=200), maximum_attempts=6
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(retrying.ROUND, "retry_policy", attempts)
        for module in (retrying, stock):
            patch.setattr(module, "MIN_PAUSE", PAUSE)
            patch.setattr(module, "MAX_PAUSE", PAUSE)
        patch.setattr(payment_intake, "MIN_POLL_INTERVAL", PAUSE)
        patch.setattr(payment_intake, "MAX_POLL_INTERVAL", PAUSE)
        yield
