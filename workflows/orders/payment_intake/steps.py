"""The steps of a payment's way through the front door, each repeated until it works."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from workflows.orders.payment_intake.progress import PaymentProgress
from workflows.orders.steps import repeating
from workflows.orders.steps.stuck import StepRef
from workflows.orders.views.attention import Attention

T = TypeVar("T")


async def until_done(
    progress: PaymentProgress, ref: StepRef, step: Callable[[], Awaitable[T]], attention: Attention
) -> T:
    """Repeat ``step`` until it succeeds; while it fails, ``attention`` says so, and an operator may decide about it."""
    done = await repeating.until_done(
        progress.stuck, ref, step, failing=lambda: progress.call_attention(attention, ref.id)
    )
    progress.settle_attention(attention, ref.id)
    return done
