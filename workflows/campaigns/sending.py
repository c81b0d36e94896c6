"""Sends one message to one user: reserve with the user's actor, send, release if it did not go out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from workflows.campaigns.actor_state import ActorStart
from workflows.campaigns.actor_view import summary_of
from workflows.campaigns.bounces import BounceKind, ReportBounce, suppression_on
from workflows.campaigns.caps import is_no_consent, opted_out
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.default_policy import policy_of
from workflows.campaigns.digests.parts import Digest, HeldPart
from workflows.campaigns.digests.ports import DigestChangedError
from workflows.campaigns.digests.sending import DigestSender
from workflows.campaigns.digests.wording import Wording
from workflows.campaigns.html import HtmlCache, merge_html
from workflows.campaigns.merging import merge
from workflows.campaigns.models import (
    UNKNOWN_USER,
    CampaignRequest,
    Channel,
    Decision,
    Fence,
    ReleaseSend,
    SendDecision,
    SendRequest,
)
from workflows.campaigns.pace import RateLimiter
from workflows.campaigns.ports import (
    CampaignPorts,
    Message,
    RejectedByProviderError,
    StaleGrantError,
    UnclearSendError,
    User,
)
from workflows.campaigns.sends import is_by_cap, refusal_of, send_id_of
from workflows.campaigns.steps import SendBatch, UserRecord, UserResult
from workflows.campaigns.template import UNSUBSCRIBE_URL, Template
from workflows.campaigns.zones import LOOK_AHEAD, LOOK_BACK, ZoneTable, zones_needed
from workflows.runtime.server_clock import SERVER_CLOCK
from workflows.shared.errors import CallError, RefusedError
from workflows.shared.identity.acting import acting_for
from workflows.shared.summary import StartRow
from workflows.shared.zones import RULES_VERSION, offsets_between

PROVIDER = "provider"
"""Who reports what a provider said when it refused a message."""
MAX_DETAIL = 1_000
"""Characters of a provider's words."""

MAX_STALE = 5
"""How often a message is granted anew in one attempt. A user's actor is lost, or told new settings, seldom."""

CHANGES = "the user's actor, or what is held for the user, changes all the time"


class NoLinkError(Exception):
    """A worker with other settings than the one that opened the campaign: it sends nothing without the link."""


def address_of(user: User, channel: Channel) -> str:
    """Return the user's address on ``channel``, empty for none. For push the provider knows the user's devices."""
    return {Channel.EMAIL: user.email_address, Channel.SMS: user.phone, Channel.PUSH: user.user_id}[channel]


def values_of(user: User) -> Mapping[str, str]:
    """Return the merge fields of a user."""
    names = (user.attributes.get("first_name", ""), user.attributes.get("last_name", ""))
    own = {field: getattr(user, field) for field in ("user_id", "email_address", "phone", "timezone")}
    return {"name": " ".join(name for name in names if name), **user.attributes, **own}


def accepts(user: User, channel: Channel) -> bool:
    """Return whether the user accepts messages on the channel, as far as the store knows."""
    if suppression_on(channel, user.suppressions):
        return False
    chosen = [user.preferences, *([user.settings.preferences] if user.settings.preferences else [])]
    return all(getattr(each.channels, channel) for each in chosen)


def record_of(user: User, at: datetime, zones: Iterable[str] = ()) -> UserRecord:
    """Return what the user's actor begins with, with the offsets of its time zones and of these others."""
    settings = user.settings
    policies = [settings.policy] if settings.policy else [policy_of(None), *(each.policy for each in user.defaults)]
    needed = zones_needed(policies, settings.preferences or user.preferences, user.timezone)
    return UserRecord(
        timezone=user.timezone,
        preferences=user.preferences,
        settings=settings,
        sends=list(user.sends),
        suppressions=list(user.suppressions),
        defaults=list(user.defaults),
        zones=read_zones({*zones, *needed}, at),
        fence=user.fence,
    )


def read_zones(zones: Iterable[str], at: datetime) -> ZoneTable:
    """Return the offsets of time zones around that time; nothing is read if there are none."""
    names = sorted(zones)
    if not names:
        return ZoneTable()
    offsets = {name: offsets_between(name, at - LOOK_BACK, at + LOOK_AHEAD) for name in names}
    return ZoneTable(version=RULES_VERSION, read_at=at, offsets=offsets)


def _without_address(user: User, request: CampaignRequest) -> UserResult:
    """Return how a user without an address on the channel is counted: who wants no messages there is no failure."""
    if request.transactional or accepts(user, request.channel):
        return UserResult(user_id=user.user_id, kind="failed", detail=f"no address for {request.channel}")
    return UserResult(user_id=user.user_id, kind="denied", detail=opted_out(request.channel))


def _check_no_link(template: Template) -> None:
    if any(UNSUBSCRIBE_URL in text for _, text in template.texts) and template.part_with_link is not None:
        raise NoLinkError("this worker has no TCONSOLE_UNSUBSCRIBE_URL, and the message has a link to unsubscribe")


def _report_of(message: Message, kind: BounceKind, reason: str) -> ReportBounce:
    return ReportBounce(
        channel=message.channel, kind=kind, send_id=message.send_id, detail=reason[:MAX_DETAIL], by=PROVIDER
    )


class Sender:
    """Sends the messages of one batch. Every step is idempotent."""

    def __init__(
        self,
        batch: SendBatch,
        ports: CampaignPorts,
        actors: UserActorsClient,
        *,
        html: str | None,
        cache: HtmlCache,
        registered: bool,
    ) -> None:
        self._request = batch.request
        fields = {"campaign_id", "channel", "tags", "priority", "transactional", "send_window"}
        self._sent_fields = batch.request.model_dump(include=fields)
        self._ports = ports
        self._actors = actors
        self._html = html
        self._cache = cache
        self._digests = DigestSender(batch, ports.held, self) if batch.request.when_capped == "digest" else None
        self._registered = registered
        self._read_at = SERVER_CLOCK.now()
        self._users: Mapping[str, User] = {}
        self.rate_limiter = RateLimiter(batch.rate, batch.not_before)

    async def read_users(self, user_ids: Sequence[str]) -> None:
        """Read all users of the batch at once. Whatever changes for one meanwhile makes the fence read here too old.

        Actors that are started do not look up their user themselves: that might queue behind other batches.
        """
        self._read_at = SERVER_CLOCK.now()
        self._users = await self._ports.users.users(user_ids)
        if self._digests is not None:
            await self._digests.read(user_ids)

    async def send(self, user_id: str) -> UserResult:
        """Send to one user. Errors become results, so that they do not affect the other users."""
        try:
            result = await self._attempt(user_id)
            return result if self._digests is None else await self._digests.ended(result)
        except CallError as error:
            unknown = isinstance(error, RefusedError) and error.kind == UNKNOWN_USER
            return UserResult(user_id=user_id, kind="failed" if unknown else "unanswered", detail=str(error))
        except Exception as error:  # noqa: BLE001 - any error of a port means no clear answer
            return UserResult(user_id=user_id, kind="unanswered", detail=f"{type(error).__name__}: {error}")

    async def _attempt(self, user_id: str) -> UserResult:
        request = self._request
        if request.expires_at is not None and SERVER_CLOCK.now() >= request.expires_at:
            return UserResult(user_id=user_id, kind="expired")
        user = self._users.get(user_id)
        if user is None:
            return UserResult(user_id=user_id, kind="failed", detail=f"there is no user {user_id}")
        address = address_of(user, request.channel)
        if not address:
            return _without_address(user, request)
        if self._digests is not None and (result := await self._digests.send(user, address)):
            return result
        return await self._send_own(user, address)

    async def _send_own(self, user: User, address: str) -> UserResult:
        """Send the campaign's own message, or let it wait for a digest."""
        request, user_id = self._request, user.user_id
        send_id, fence = send_id_of(request.campaign_id, user_id), None
        for _ in range(MAX_STALE):
            answer = await self.reserve(user, send_id, refused=fence)
            if answer.decision in (Decision.DENIED, Decision.DEFERRED):
                if self._digests is not None and is_by_cap(answer) and not await self._digests.hold(user):
                    break
                return refusal_of(user_id, answer)
            if answer.fence is None or answer.granted_at is None:
                break
            wording = self.wording(user, self.link(user), request.name, request.template, self._html)
            try:
                return await self.deliver(self.message(user, address, wording, answer.granted_at, answer.fence))
            except StaleGrantError:
                fence = answer.fence
            except DigestChangedError:  # it counts: another attempt may have asked for it, too
                break
        return UserResult(user_id=user_id, kind="unanswered", detail=CHANGES)

    async def reserve(
        self,
        user: User,
        send_id: str,
        *,
        campaign_id: str | None = None,
        priority: int | None = None,
        refused: Fence | None = None,
    ) -> SendDecision:
        """Reserve a message of this kind; ``refused`` is a fence that the store has refused.

        A consent that was given back meanwhile is asked for again.
        """
        own = self._request
        fields = {**self._sent_fields, "campaign_id": campaign_id or own.campaign_id}
        fields["priority"] = own.priority if priority is None else priority
        # When it is refused, and asked for again, it keeps its place in the order.
        fields |= self._places_of(send_id, is_own=campaign_id is None)
        answer = await self._reserve(user, send_id, fields, refused)
        if refused is None and is_no_consent(answer.rule) and accepts(user, own.channel):
            answer = await self._reserve(user, send_id, fields, answer.fence)
        return answer

    async def _reserve(
        self, user: User, send_id: str, fields: Mapping[str, Any], refused: Fence | None
    ) -> SendDecision:
        """Reserve. An actor that this starts gets the user, and its list row."""
        send = SendRequest(
            send_id=send_id,
            **fields,
            default_revision=user.fence.policy,
            recorded=True,
            refused_fence=refused.token if refused else None,
        )
        start, row = ActorStart(user_id=user.user_id), None
        # After a refusal what was read is too old. An actor that runs needs nothing; if it is gone, the next reads.
        if refused is None and not self._actors.answered_lately(user.user_id):
            own_clock = [user.timezone] if self._request.send_window else []
            record = record_of(user, self._read_at, own_clock)
            start = ActorStart(user_id=user.user_id, record=record, since=self._read_at, registered=self._registered)
            summary = summary_of(user.user_id, self._read_at, record.accepted, record.suppressions)
            row = StartRow.of(summary, registered=self._registered)
        return await self._actors.reserve_send(start, send, row)

    def _places_of(self, send_id: str, *, is_own: bool) -> dict[str, str | None]:
        """Return under which names a message is asked for again: what a cap holds back may go in a digest."""
        if self._digests is None:
            return {"waits_as": send_id, "capped_as": None if self._request.when_capped == "drop" else send_id}
        digest = self._digests.kind
        return {"waits_as": send_id if is_own else digest, "capped_as": digest}

    async def deliver(self, message: Message) -> UserResult:
        """Send, also what was granted before: it may not have gone out then, and the provider sends it once.

        Raises:
            StaleGrantError, DigestChangedError: it did not go out, and must be granted anew, or put together anew.
        """
        user_id = message.user_id
        await self.rate_limiter.acquire()
        try:
            await self._ports.provider.send(message)
        except UnclearSendError as error:  # it counts
            return UserResult(user_id=user_id, kind="failed", detail=str(error))
        except RejectedByProviderError as error:
            reason = str(error) or "rejected by the provider"
            if error.bounce is not None:
                with acting_for(PROVIDER, "customer", "provider's answer"):
                    await self._actors.report_bounce(user_id, _report_of(message, error.bounce, reason))
            if message.digest is not None and not await self._ports.held.retire(message.digest):
                raise DigestChangedError from error
            await self.release(user_id, message.send_id, reason)
            return UserResult(user_id=user_id, kind="failed", detail=reason)
        return UserResult(user_id=user_id, kind="sent")

    async def release(self, user_id: str, send_id: str, reason: str) -> None:
        """Give back a reservation whose message did not go out and never will."""
        await self._actors.release_send(user_id, ReleaseSend(send_id=send_id, reason=reason))

    def link(self, user: User) -> str | None:
        """Return a link to unsubscribe: one for the whole message, since no two are the same."""
        links, request = self._ports.links, self._request
        return None if links is None or request.transactional else links.url(user.user_id, request.channel)

    def wording(self, user: User, link: str | None, name: str, template: Template, html: str | None) -> Wording:
        """Return what a message of this channel says to a user; ``name`` is its campaign's."""
        channel, values = self._request.channel, values_of(user)
        if link is None and UNSUBSCRIBE_URL not in values:
            _check_no_link(template.with_html(html))
        if link is not None:
            values = {**values, UNSUBSCRIBE_URL: link}
        subject = template.subject or (name if channel is Channel.EMAIL else None)
        return Wording(
            subject=" ".join(merge(subject, values).split()) if subject else None,  # a header has one line
            body=merge(template.body, values),
            html=merge_html(html, values) if html is not None else None,
            unsubscribe_url=link if channel is Channel.EMAIL else None,
        )

    async def wordings_of(self, user: User, parts: Sequence[HeldPart]) -> list[Wording]:
        """Return what held messages say to a user, all with one link to unsubscribe."""
        link, html = self.link(user), [await self._cache.find(part.html_key) for part in parts]
        return [
            self.wording(user, link, part.name, part.template, each) for part, each in zip(parts, html, strict=True)
        ]

    def message(
        self,
        user: User,
        address: str,
        wording: Wording,
        granted_at: datetime,
        fence: Fence,
        *,
        campaign_id: str | None = None,
        digest: Digest | None = None,
    ) -> Message:
        """Return a message of this kind: the campaign's own, or a digest."""
        request = self._request
        return Message(
            send_id=digest.send_id if digest else send_id_of(request.campaign_id, user.user_id),
            campaign_id=campaign_id or request.campaign_id,
            user_id=user.user_id,
            channel=request.channel,
            address=address,
            subject=wording.subject,
            body=wording.body,
            unsubscribe_url=wording.unsubscribe_url,
            html=wording.html,
            granted_at=granted_at,
            fence=fence,
            tags=request.tags,
            transactional=request.transactional,
            digest=digest,
            tried_at=self._digests.read_at if self._digests else None,
        )
