"""Which of Stripe's errors are retryable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from aiohttp import ClientError
from stripe import APIConnectionError, StripeError
from temporalio.exceptions import ApplicationError

CONFLICT, NOT_FOUND, RATE_LIMITED, SERVER_ERRORS = 409, 404, 429, 500
FAILED_DEPENDENCY = 424

UNREACHABLE = "StripeUnreachable"
REFUSED = "StripeRefused"
"""Types of the errors; the second is not retryable."""


@asynccontextmanager
async def clear_stripe_errors(what: str) -> AsyncIterator[None]:
    """Turn an error of the block, which does ``what`` at Stripe, into an `ApplicationError`, retryable or not."""
    try:
        yield
    except StripeError as error:
        raise _as_temporal_error(what, error) from error
    except (ClientError, OSError) as error:  # an answer that broke off, which the library lets through
        text = f"Stripe's answer to {what} broke off: {str(error) or type(error).__name__}"
        raise ApplicationError(text, type=UNREACHABLE) from error


def can_get_better(error: StripeError) -> bool:
    """Return whether the same call may succeed later."""
    if isinstance(error, APIConnectionError) or error.http_status is None:
        return True
    temporary = (CONFLICT, FAILED_DEPENDENCY, RATE_LIMITED)
    return error.http_status in temporary or error.http_status >= SERVER_ERRORS or _is_rate_limit(error)


def is_stored_failure(error: StripeError) -> bool:
    """Return whether Stripe repeated a failure that it stored under the idempotency key."""
    failed = error.http_status is not None and error.http_status >= SERVER_ERRORS
    return failed and _header(error, "Idempotent-Replayed") == "true"


def _as_temporal_error(what: str, error: StripeError) -> ApplicationError:
    why = " ".join((error.user_message or type(error).__name__).split())
    if isinstance(error, APIConnectionError):
        return ApplicationError(f"Stripe did not answer {what}: {_cause(error)}", type=UNREACHABLE)
    if can_get_better(error):
        text = f"Stripe could not do {what} now: HTTP {error.http_status}, {why}"
        return ApplicationError(text, type=UNREACHABLE, next_retry_delay=_pause(error))
    return ApplicationError(f"Stripe refused {what}: {why}", type=REFUSED, non_retryable=True)


def _cause(error: APIConnectionError) -> str:
    cause = error.__cause__
    return str(cause) or type(cause).__name__ if cause else "no connection"


def _is_rate_limit(error: StripeError) -> bool:
    return error.code in {"rate_limit", "lock_timeout"}


def _pause(error: StripeError) -> timedelta | None:
    """Return how long Stripe asks to wait, or None."""
    seconds = _header(error, "Retry-After")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None


def _header(error: StripeError, name: str) -> str:
    return next((value for known, value in (error.headers or {}).items() if known.lower() == name.lower()), "")
