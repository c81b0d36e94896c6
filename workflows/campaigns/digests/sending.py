"""Sends digests: whichever campaign is due first sends what is held for the user of all campaigns.

One digest is one reservation and one message, under an ID that all campaigns come to. The store takes it in one
transaction with the fence of the actor that granted it and with its parts, so that it counts once, and no message is in
two. Whoever comes later finds there what became of its own.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from workflows.campaigns.digests.parts import Digest, HeldPart, campaign_of, digest_id, kind_of
from workflows.campaigns.digests.ports import DigestChangedError, Held, HeldMessages, MessageToHold
from workflows.campaigns.digests.wording import digest_of, fitting, outcome_of
from workflows.campaigns.models import Decision, Fence, SendDecision
from workflows.campaigns.ports import StaleGrantError, User
from workflows.campaigns.sends import is_final, refusal_of, send_id_of
from workflows.campaigns.steps import SendBatch, UserResult
from workflows.runtime.server_clock import SERVER_CLOCK

if TYPE_CHECKING:
    from workflows.campaigns.sending import Sender

MAX_ROUNDS = 10
"""How often one attempt begins anew because others hold, withdraw or send meanwhile."""

MAX_GRANT_AGE = timedelta(minutes=10)
"""A grant counts from its moment on: a digest that was granted earlier, and not sent, is given up for a new one."""

CHANGES = "what is held for the user changes all the time"
ELSEWHERE = "its digest is being sent"
PAUSED = "the campaign holds its messages back"


class DigestSender:
    """Sends the held messages of the users of one batch. Every step is idempotent."""

    def __init__(self, batch: SendBatch, held: HeldMessages, sender: "Sender") -> None:
        self._request = batch.request
        self._html_key = batch.html
        self.kind = kind_of(self._request.channel, self._request.tags, self._request.send_window)
        """What the messages of its digests have in common."""
        self._held = held
        self._sender = sender
        self._known: set[str] = set()
        """Users whose message is held, or was."""
        self.read_at = datetime.now(UTC)
        """When the attempt began."""

    async def read(self, user_ids: Sequence[str]) -> None:
        """Read which messages of the batch are held."""
        self.read_at = datetime.now(UTC)
        by_send = {self._send_id(user_id): user_id for user_id in user_ids}
        self._known = {by_send[send_id] for send_id in await self._held.known(list(by_send))}

    async def hold(self, user: User) -> bool:
        """Hold the user's message, which a cap has refused; return False if it went out meanwhile."""
        send_id = self._send_id(user.user_id)
        message = MessageToHold(send_id, user.user_id, self.kind, self._request, self._html_key, self.read_at)
        return await self._held.hold(message)

    async def ended(self, result: UserResult) -> UserResult:
        """Withdraw a message that will not go out. One that a digest has already went out with it, or may have."""
        if result.user_id not in self._known or not is_final(result):
            return result
        held = await self._held.withdraw(self._send_id(result.user_id))
        if held is None:
            return result
        if held.sent:
            return self._sent(result.user_id, held.parts)
        if held.failed is not None:
            return UserResult(user_id=result.user_id, kind="failed", detail=held.failed)
        return _unanswered(result.user_id, ELSEWHERE)

    async def send(self, user: User, address: str) -> UserResult | None:
        """Send what is held for the user; return what became of the campaign's own message, None if it is not held."""
        if user.user_id not in self._known:
            return None
        refused: Fence | None = None
        for _ in range(MAX_ROUNDS):
            held = await self._held.look(self._send_id(user.user_id))
            if held is None or held.digest_id == self._send_id(user.user_id):
                return None
            if held.digest_id is not None:
                return await self._follow(user, address, held)
            if self._send_id(user.user_id) not in {part.send_id for part in held.parts}:
                return _unanswered(user.user_id, PAUSED)
            result, refused = await self._send_next(user, address, held, refused)
            if result is not None:
                return result
        return _unanswered(user.user_id, CHANGES)

    async def _follow(self, user: User, address: str, held: Held) -> UserResult:
        """Return what became of the digest that has the message; send it if nobody has yet."""
        if held.sent:
            return self._sent(user.user_id, held.parts)
        ids = [part.send_id for part in held.parts]
        digest = Digest(str(held.digest_id), user.user_id, self.kind, None, ids)
        try:
            # The store has taken it, so that no grant is asked for any more.
            result = await self._deliver(user, address, held.parts, digest, None)
        except DigestChangedError:
            return _unanswered(user.user_id, ELSEWHERE)
        return self._sent(user.user_id, held.parts) if result.kind == "sent" else result

    async def _send_next(
        self, user: User, address: str, held: Held, refused: Fence | None
    ) -> tuple[UserResult | None, Fence | None]:
        """Put the next digest together and send it; return what that means for the own message, if it is known.

        Beside it is a fence that the store has refused, for the next attempt.
        """
        wordings = await self._sender.wordings_of(user, held.parts)
        parts = held.parts[: fitting(wordings, self._request.channel)]
        send_id = digest_id(user.user_id, self.kind, held.number)
        digest = Digest(send_id, user.user_id, self.kind, held.number, [part.send_id for part in parts])
        priority = max(part.priority for part in parts)
        answer = await self._sender.reserve(
            user, digest.send_id, campaign_id=campaign_of(parts), priority=priority, refused=refused
        )
        if answer.decision in (Decision.DENIED, Decision.DEFERRED):
            return refusal_of(user.user_id, answer), None
        if answer.granted_at is None or SERVER_CLOCK.now() - answer.granted_at > MAX_GRANT_AGE:
            if await self._held.retire(digest):
                await self._sender.release(user.user_id, digest.send_id, "it was not sent when it was granted")
            return None, None
        try:
            result = await self._deliver(user, address, parts, digest, answer)
        except DigestChangedError:
            return None, None
        except StaleGrantError:
            return None, answer.fence
        if self._send_id(user.user_id) not in digest.parts:
            return None, None
        return self._sent(user.user_id, parts) if result.kind == "sent" else result, None

    async def _deliver(
        self, user: User, address: str, parts: Sequence[HeldPart], digest: Digest, granted: SendDecision | None
    ) -> UserResult:
        whole = digest_of(await self._sender.wordings_of(user, parts), self._request.channel)
        granted_at = granted.granted_at if granted and granted.granted_at else SERVER_CLOCK.now()
        fence = granted.fence if granted and granted.fence else Fence()
        message = self._sender.message(
            user, address, whole, granted_at, fence, campaign_id=campaign_of(parts), digest=digest
        )
        return await self._sender.deliver(message)

    def _send_id(self, user_id: str) -> str:
        return send_id_of(self._request.campaign_id, user_id)

    def _sent(self, user_id: str, parts: Sequence[HeldPart]) -> UserResult:
        return UserResult(user_id=user_id, kind="sent", detail=outcome_of(parts))


def _unanswered(user_id: str, detail: str) -> UserResult:
    return UserResult(user_id=user_id, kind="unanswered", detail=detail)
