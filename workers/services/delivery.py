"""Sending a message once by its key, as far as the receiver allows.

An accepted message is never sent again. An attempt that died or got no answer may have been accepted: it is repeated,
with the same ID where receivers de-duplicate by it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping
from temporalio.exceptions import ApplicationError

from workers.store.outbox import ClaimState, Outbox

BUSY_PAUSE = timedelta(seconds=5)

Send = Callable[[RowMapping], Awaitable[Mapping[str, Any]]]
"""Sends the row as first recorded; returns further columns to keep, such as its reference outside."""


class RejectedError(Exception):
    """It was refused for good, and did not go out."""


async def deliver_once(outbox: Outbox, key: str, content: Mapping[str, Any], send: Send) -> None:
    """Record a message and send it, unless that was done before.

    Raises:
        RejectedError: it is or was refused for good.
        ApplicationError: of type ``BeingSent`` if another attempt is sending it now; retried a little later.
        KeyConflictError: the key is known with another identity.
        Exception: the sending failed, and should be retried.
    """
    claim = await outbox.claim(key, content)
    match claim.state:
        case ClaimState.SENT:
            return
        case ClaimState.REJECTED:
            raise RejectedError(claim.row["rejection"])
        case ClaimState.BUSY:
            raise ApplicationError(
                f"{key} is being sent by another attempt", type="BeingSent", next_retry_delay=BUSY_PAUSE
            )
    try:
        columns = await send(claim.row)
    except RejectedError as error:
        await outbox.mark_rejected(key, str(error))
        raise
    except BaseException:
        # Also if the activity is cancelled: nobody should have to wait for the claim to expire.
        await asyncio.shield(outbox.release(key))
        raise
    await asyncio.shield(outbox.mark_sent(key, **columns))
