"""Sending a message once by its key, as far as the receiver allows.

An accepted message is never sent again. An attempt that died or got no answer may have been accepted. It is repeated,
with the same ID where receivers de-duplicate by it; or, where the outbox says at most once, never.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping
from temporalio.exceptions import ApplicationError

from workers.store.outbox import ClaimState, Outbox
from workflows.campaigns.bounces import BounceKind

BUSY_PAUSE = timedelta(seconds=5)


@dataclass
class Attempt:
    """One attempt; ``unclear`` while the receiver has all of the message and has not answered."""

    unclear: bool = False


Send = Callable[[RowMapping, Attempt], Awaitable[Mapping[str, Any]]]
"""Sends the row as first recorded; returns further columns to keep, such as its reference outside."""


class RejectedError(Exception):
    """It was refused for good, and did not go out; ``bounce`` is what that says about the address."""

    def __init__(self, words: str, bounce: BounceKind | None = None) -> None:
        super().__init__(words)
        self.bounce = bounce


class UnclearError(Exception):
    """The receiver got all of it and did not answer; it is not sent again."""


async def deliver_once(outbox: Outbox, key: str, content: Mapping[str, Any], send: Send) -> None:
    """Record a message and send it, unless that was done before.

    Raises:
        RejectedError: it is or was refused for good.
        UnclearError: it may have gone out, and the outbox sends at most once.
        ApplicationError: of type ``BeingSent`` if another attempt is sending it now; retried a little later.
        KeyConflictError: the key is known with another identity.
        Exception: the sending failed, and should be retried.
    """
    claim = await outbox.claim(key, content)
    match claim.state:
        case ClaimState.SENT:
            return
        case ClaimState.REJECTED:
            bounce = claim.row.get("bounce")
            raise RejectedError(claim.row["rejection"], BounceKind(bounce) if bounce else None)
        case ClaimState.UNCLEAR:
            raise UnclearError(claim.row["unclear"])
        case ClaimState.BUSY:
            raise ApplicationError(
                f"{key} is being sent by another attempt", type="BeingSent", next_retry_delay=BUSY_PAUSE
            )
    attempt = Attempt()
    try:
        columns = await send(claim.row, attempt)
    except RejectedError as error:
        await outbox.mark_rejected(key, str(error), error.bounce)
        raise
    except BaseException as error:
        # Also if the activity is cancelled: nobody should have to wait for the claim to expire.
        if attempt.unclear and outbox.at_most_once:
            words = f"no answer after it was handed over, so that it may have gone out: {_words(error)}"
            await asyncio.shield(outbox.mark_unclear(key, words))
            if isinstance(error, Exception):
                raise UnclearError(words) from error
        else:
            await asyncio.shield(outbox.release(key))
        raise
    await asyncio.shield(outbox.mark_sent(key, **columns))


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
