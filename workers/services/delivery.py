"""Handing something to the outside once by its key, as far as the outside allows.

What was accepted is never handed over again. An attempt that died, or got no answer, may have been accepted all the
same: it is done again, with the same ID wherever the receiver can tell the two apart by it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping
from temporalio.exceptions import ApplicationError

from workers.store.outbox import ClaimState, Outbox

BUSY_PAUSE = timedelta(seconds=5)

HandOver = Callable[[RowMapping], Awaitable[Mapping[str, Any]]]
"""Takes the row as it was written down first; returns further columns to keep, such as the outside's reference."""


class RejectedError(Exception):
    """The outside refused it for good: it did not go out, and trying again would not help."""


async def deliver_once(outbox: Outbox, key: str, content: Mapping[str, Any], hand_over: HandOver) -> None:
    """Write the content down under its key and hand it over, unless that was done before.

    Raises:
        RejectedError: now or in an earlier attempt the outside refused it for good.
        ApplicationError: another attempt is handing it over just now; Temporal tries again a little later.
        KeyConflictError: the key is known with another identity.
        Exception: the hand-over failed, and should be tried again.
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
        columns = await hand_over(claim.row)
    except RejectedError as error:
        await outbox.mark_rejected(key, str(error))
        raise
    except BaseException:
        # Also when the activity is cancelled: nobody should have to wait until the claim runs out.
        await asyncio.shield(outbox.release(key))
        raise
    await asyncio.shield(outbox.mark_sent(key, **columns))
