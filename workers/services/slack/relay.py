"""Brings the store's messages to Slack: those to one recipient in order, and each once.

Of several processes one relays at a time: it has the lease. A message is marked before it is posted, so that one whose
answer got lost is looked for in Slack before it is posted again.
"""

import asyncio
import logging
import secrets
import time
from contextlib import suppress
from datetime import timedelta

from workers.services.slack.calls import SLACK_SECONDS, SlackBusyError, SlackDownError, SlackRefusedError
from workers.services.slack.posting import NobodyError, NotYetError, Posting
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.leases import give_lease_back, take_lease
from workers.store.slack_messages import DueMessage, due_recipients, next_due, note_failed
from workers.store.types import utc_now
from workflows.approvals.slack.models import CHANNEL, MessageState
from workflows.runtime.backoff import Backoff

log = logging.getLogger(__name__)

LEASE = "slack-relay"
LEASE_LENGTH = timedelta(seconds=20)
"""How long nobody relays after a process with the lease was killed. A call and its margin must fit between renewals."""
RENEW_SECONDS = 5.0
POLL_SECONDS = 1.0
"""How often the store is read for what another process wrote."""
MESSAGE_SECONDS = 1.0
"""Between two new messages to one recipient, see https://docs.slack.dev/apis/web-api/rate-limits."""
MAX_AT_ONCE = 8
"""Calls under way."""
MARGIN_SECONDS = 2.0
"""A call must end so long before the lease does."""
RETRY_REFUSED = timedelta(minutes=5)
"""Until what Slack refused is tried again: somebody may have invited the app to the channel."""
RETRY_NOBODY = timedelta(hours=1)
RETRY_THREAD = timedelta(seconds=5)


class Relay:
    """Brings messages to Slack until it is cancelled."""

    def __init__(self, store: Store, posting: Posting) -> None:
        self._store = store
        self._posting = posting
        self._owner = secrets.token_hex(8)
        self._new = asyncio.Event()
        self._queues: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(MAX_AT_ONCE)
        self._leased_until = self._renew_at = self._down_until = 0.0
        self._next_update = 0.0
        self._next_post: dict[str, float] = {}
        self._backoff = _new_backoff()
        self._refused: set[str] = set()
        """Recipients whose last message was refused."""

    @property
    def channel_refused(self) -> bool:
        """Whether the last message to the channel was refused: it may not exist, or the app is not in it."""
        return CHANNEL in self._refused

    def wake(self) -> None:
        """Say that there is something new in the store."""
        self._new.set()
        self._new = asyncio.Event()

    async def run(self) -> None:
        """Relay, while this process has the lease."""
        try:
            while True:
                new = self._new
                try:
                    if await self._has_lease() and time.monotonic() >= self._down_until:
                        await self._start_queues()
                except StoreError as error:
                    log.warning("Slack: %s", error)
                await _set_within(new, POLL_SECONDS)
        finally:
            for task in self._queues.values():
                task.cancel()
            await asyncio.gather(*self._queues.values(), return_exceptions=True)
            if self._leased_until > time.monotonic():
                await self._store.write(give_lease_back, LEASE, self._owner)

    async def _has_lease(self) -> bool:
        now = time.monotonic()
        if now >= self._renew_at:
            self._renew_at = now + RENEW_SECONDS
            if await self._store.write(take_lease, LEASE, self._owner, LEASE_LENGTH):
                self._leased_until = now + LEASE_LENGTH.total_seconds()
            else:
                self._leased_until = 0.0
        return self._may_call()

    def _may_call(self) -> bool:
        """Return whether a call that begins now ends while this process has the lease."""
        return time.monotonic() + SLACK_SECONDS + MARGIN_SECONDS < self._leased_until

    async def _start_queues(self) -> None:
        self._queues = {recipient: task for recipient, task in self._queues.items() if not task.done()}
        for recipient in await self._store.read(due_recipients):
            if recipient not in self._queues:
                self._queues[recipient] = asyncio.create_task(self._empty(recipient))

    async def _empty(self, recipient: str) -> None:
        """Bring all messages to one recipient that are due."""
        try:
            while self._may_call() and time.monotonic() >= self._down_until:
                new = self._new
                async with self._places:
                    message = await self._store.read(next_due, recipient)
                    pause = None if message is None else await self._bring(message)
                if pause is None:
                    return
                await _set_within(new, pause)
        except StoreError as error:
            log.warning("Slack: %s", error)

    async def _bring(self, message: DueMessage) -> float | None:
        """Bring one message; return how long to wait before the next one to its recipient, None to leave it."""
        recipient, now = message.key.recipient, time.monotonic()
        wait = (self._next_post.get(recipient, 0.0) if message.ts is None else self._next_update) - now
        if wait > 0:
            return wait
        try:
            if await self._posting.bring(message):
                self._next_post[recipient] = time.monotonic() + MESSAGE_SECONDS
        except SlackBusyError as error:
            await self._note(message, "waiting", error, timedelta(seconds=error.pause))
            again = time.monotonic() + error.pause
            if message.ts is None:
                self._next_post[recipient] = again  # the messages after it wait, too
            else:
                self._next_update = again
            return error.pause
        except SlackDownError as error:
            await self._note(message, "failing", error, None)
            self._pause_all(error)
            return None
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a message, the others go on
            await self._note_refused(message, error)
        else:
            self._backoff = _new_backoff()
            self._refused.discard(recipient)
        return 0.0

    def _pause_all(self, error: SlackDownError) -> None:
        """Leave Slack alone for a while, longer each time; of several calls at once the first counts."""
        if time.monotonic() >= self._down_until:
            pause = self._backoff.pause(0.0)
            self._down_until = time.monotonic() + pause
            log.warning("%s; trying again in %g s", error, pause)

    async def _note_refused(self, message: DueMessage, error: Exception) -> None:
        match error:
            case NobodyError():
                await self._note(message, "nobody", error, RETRY_NOBODY)
            case NotYetError():
                await self._note(message, "waiting", None, RETRY_THREAD)
            case _:
                self._refused.add(message.key.recipient)
                unforeseen = None if isinstance(error, SlackRefusedError) else error
                log.warning("Slack: %s of %s: %s", message.key.part, message.key.request_id, error, exc_info=unforeseen)
                await self._note(message, "failing", error, RETRY_REFUSED)

    async def _note(
        self, message: DueMessage, state: MessageState, error: Exception | None, pause: timedelta | None
    ) -> None:
        retry_at = None if pause is None else utc_now() + pause
        words = None if error is None else str(error)
        await self._store.write(note_failed, message.key, message.revision, state, words, retry_at)


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _new_backoff() -> Backoff:
    return Backoff(first=1.0, most=60.0)
