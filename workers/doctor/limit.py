"""The time limit of a check."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from workers.doctor.result import Result

CHECK_SECONDS = 3.0


async def within_limit(name: str, check: Coroutine[Any, Any, Result]) -> Result:
    """Return what the check found; a check that takes too long, or fails unexpectedly, is wrong.

    It is not cancelled: a thread that waits for a database cannot be. The process ends without it.
    """
    task = asyncio.create_task(check)
    await asyncio.wait([task], timeout=CHECK_SECONDS)
    if not task.done():
        return Result(name, "wrong", f"no answer within {CHECK_SECONDS:.0f} s", "see that it runs and can be reached")
    error = task.exception()
    if error is not None:
        return Result(name, "wrong", f"it cannot be checked ({type(error).__name__})")
    return task.result()
