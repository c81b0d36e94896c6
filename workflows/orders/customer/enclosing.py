"""E-mails that go along with another step: one activity does both, which saves an activity and a workflow task.

Mail never holds up a step for long: what has not gone out within a moment is sent by an activity of its own.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity

from workflows.orders.activity_models import SendEmail
from workflows.orders.ports import Mailer

WITHIN = timedelta(seconds=2)
"""How long a step waits for its e-mail."""


@dataclass(frozen=True)
class Enclosed:
    """An e-mail for another step; ``note_sent`` if it went out with it."""

    email: SendEmail
    note_sent: Callable[[], None]


class EnclosedMail:
    """Sends the e-mails of other steps."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._sending: set[asyncio.Task[None]] = set()

    async def send(self, email: SendEmail | None) -> bool:
        """Send an e-mail, if there is one; return whether it is known to have gone out.

        A slow attempt is not cancelled, since the receiver may have accepted it: the next one waits for its end.
        """
        if email is None:
            return False
        task = asyncio.create_task(self._mailer.send(**email.model_dump()))
        self._sending.add(task)
        task.add_done_callback(self._ended)
        await asyncio.wait({task}, timeout=WITHIN.total_seconds())
        return task.done() and not task.cancelled() and task.exception() is None

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            activity.logger.warning("an e-mail did not go out with its step, and is tried again: %s", error)
