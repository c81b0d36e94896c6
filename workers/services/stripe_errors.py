"""What Stripe's errors mean: worth another try, or final until somebody changes something."""

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
"""Types of the errors; the second is not tried again before its caller's next round."""


@asynccontextmanager
async def clear_stripe_errors(what: str) -> AsyncIterator[None]:
    """Turn an error of the block, which does ``what`` at Stripe, into one that Temporal knows how to try again.

    Raises:
        ApplicationError: Stripe did not answer, or could not do it now; or it refused for good.
    """
    try:
        yield
    except StripeError as error:
        raise _as_temporal_error(what, error) from error
    except (ClientError, OSError) as error:  # an answer that broke off; the library means only those that never began
        text = f"Stripe's answer to {what} broke off: {str(error) or type(error).__name__}"
        raise ApplicationError(text, type=UNREACHABLE) from error


def can_get_better(error: StripeError) -> bool:
    """Say whether the same call may succeed later: a lost connection, too many calls, or Stripe's own trouble."""
    if isinstance(error, APIConnectionError) or error.http_status is None:
        return True
    temporary = (CONFLICT, FAILED_DEPENDENCY, RATE_LIMITED)
    return error.http_status in temporary or error.http_status >= SERVER_ERRORS or _is_rate_limit(error)


def is_stored_failure(error: StripeError) -> bool:
    """Say whether Stripe repeats the failure that it keeps under the idempotency key: the call itself is over."""
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
    """Return how long Stripe asks to wait, or None where it does not say."""
    seconds = _header(error, "Retry-After")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None


def _header(error: StripeError, name: str) -> str:
    return next((value for known, value in (error.headers or {}).items() if known.lower() == name.lower()), "")
