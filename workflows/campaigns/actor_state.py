"""State of the actor of one user, and its rules: plain data and synchronous code without Temporal."""

from bisect import insort
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from workflows.campaigns.actor_limits import ActorLimits
from workflows.campaigns.bounces import CLOCK_SKEW, Bounce, BounceKind, Suppression
from workflows.campaigns.caps import CountedSend, Limits, counted, decide, longest
from workflows.campaigns.models import (
    CapPolicy,
    Channel,
    Decision,
    Fence,
    MessageSent,
    Preferences,
    RecentDecision,
    SendDecision,
    SendRequest,
    SetPolicy,
    SetPreferences,
    StartUserActor,
)
from workflows.campaigns.precedence import Place, again_at, as_sends, kept_before, places_after
from workflows.campaigns.steps import StoredLimits, UserChanges, UserRecord, UserSettings
from workflows.campaigns.user_models import ConsentSource
from workflows.campaigns.zones import ZoneTable
from workflows.shared.counts import number_of
from workflows.shared.fields import UtcDatetime, unknown_zone
from workflows.shared.refusals import INVALID_REQUEST, Refusal
from workflows.shared.refused_signals import SIGNAL_REFUSED, Acknowledge, RefusalLog, RefusedSignal
from workflows.shared.timeline import TimelineEntry

KEPT_DAYS = 8
"""How long every send is remembered at least: a calendar week, and the hour that a change of clocks adds."""

KEPT_SENDS = 2_000
"""Sends remembered at most, beyond those that a cap still counts. 2,000 take about 300 KB of state."""

REMEMBERED_UPDATES = 50
"""Latest updates that are recognised when the server delivers them again. Ten are in flight at most."""

MESSAGE_SENT = "message_sent"

NO_VERSION = -1
"""Of a fence that passes by its token alone."""

SETTINGS = ""
"""Stands for the settings among the unsaved sends."""

SHOWN = 20
"""Latest decisions and changes that are kept for display."""


class KnownSend(CountedSend):
    """A send that an actor knows."""

    fence: str | None = Field(
        default=None, description="token that it was granted with, until the store is seen to have it"
    )


class ActorState(ActorLimits):
    """State carried through continue-as-new. Sends are ordered by time."""

    user_id: str
    since: UtcDatetime
    sends: list[KnownSend] = Field(default_factory=list)
    places: list[Place] = Field(
        default_factory=list, description="messages that are asked for again, those first first"
    )
    decisions: list[RecentDecision] = Field(default_factory=list)
    timeline: list[TimelineEntry] = Field(default_factory=list)
    refusals: RefusalLog[RefusedSignal] = Field(default_factory=RefusalLog[RefusedSignal])
    applied: list[str] = Field(default_factory=list, description="IDs of the latest updates that changed the sends")
    unsaved: list[str] = Field(
        default_factory=list, description="IDs of sends of which the store must hear; empty texts for the settings"
    )
    turned_on: dict[Channel, UtcDatetime] = Field(
        default_factory=dict, description="channels that were turned on, and when: the store must hear of it"
    )

    @classmethod
    def of_nobody(cls, user_id: str, now: datetime) -> Self:
        """Return the state of a user whom nobody knows, and to whom nothing is granted."""
        return cls(
            user_id=user_id,
            since=now,
            timezone="UTC",
            preferences=Preferences(),
            settings=UserSettings(policy=CapPolicy(rules=[])),
            fence=Fence(version=NO_VERSION),
        )

    @classmethod
    def of_record(cls, user_id: str, record: UserRecord, now: datetime, *, since: datetime | None = None) -> Self:
        """Return the state of a new actor, which knows what the store does."""
        state = cls(
            user_id=user_id,
            since=since or now,
            timezone=record.timezone,
            preferences=record.preferences,
            defaults=record.defaults,
            fence=record.fence,
        )
        state.take_over(record, now)
        return state

    def decide(self, send: SendRequest, now: datetime, stored: StoredLimits | None = None) -> SendDecision:
        """Return the decision of :meth:`reserve` without a reservation; for ``stored`` see :meth:`limits_at`."""
        known = self._find(send.send_id)
        if known is not None:
            return SendDecision(
                decision=Decision.DUPLICATE, send_id=send.send_id, granted_at=known.at, fence=self._fence_of(known)
            )
        decision = self._decide_in_order(send, self.limits_at(now, stored), now)
        granted_at = now if decision.decision is Decision.GRANTED else None
        return decision.model_copy(update={"granted_at": granted_at, "fence": self.fence})

    def _decide_in_order(self, send: SendRequest, limits: Limits, now: datetime) -> SendDecision:
        """Decide on a message; one that leaves too little room for those who go first lets them."""
        decision = decide(send, limits, self.sends, now)
        if decision.decision is not Decision.GRANTED or not (first := kept_before(send, self.places, now)):
            return decision
        after_them = decide(send, limits, [*self.sends, *as_sends(first, now)], now)
        kept = {"next_eligible_at": again_at(first, now), "kept_for": first[0].campaign_id}
        return decision if after_them.decision is Decision.GRANTED else after_them.model_copy(update=kept)

    def reserve(self, send: SendRequest, now: datetime, *, update_id: str) -> SendDecision:
        """Decide on a message, and count it if granted: from now on, sent or not, until released.

        The server may deliver an update again, to the run after the one that granted it: it is granted again. A send
        whose grant the store refused is decided anew.
        """
        if send.refused_fence is not None:
            self._drop(lambda known: known.send_id == send.send_id and known.fence == send.refused_fence)
        decision = self.decide(send, now)
        self.places = places_after(self.places, send, decision, now)
        if decision.decision is Decision.GRANTED:
            self._count(send, now, now, fence=self.fence.token)
            self._remember(update_id)
            if not send.recorded:
                self.unsaved.append(send.send_id)
        elif decision.decision is Decision.DUPLICATE and update_id in self.applied:
            return decision.model_copy(update={"decision": Decision.GRANTED})
        self._note_decision(send, decision, now)
        return decision

    def release(self, send_id: str, reason: str, now: datetime, *, update_id: str) -> bool:
        """Stop counting a send that did not go out; return whether it counted. Idempotent by ``update_id``."""
        send = self._find(send_id)
        if send is None:
            return update_id in self.applied
        self.sends.remove(send)
        self.unsaved.append(send_id)
        self._remember(update_id)
        self._note(now, f"{send_id} did not go out and no longer counts: {reason}")
        return True

    def report(self, message: MessageSent, now: datetime) -> None:
        """Count a send without a reservation, even beyond the caps. A report from the future is refused."""
        sent_at = message.sent_at or now
        if sent_at > now + CLOCK_SKEW:
            reason = f"report of {message.send_id}: sent_at {sent_at:%Y-%m-%d %H:%M:%S} UTC is to come"
            self.refuse(MESSAGE_SENT, reason, now)
            return
        self.refusals.settle(MESSAGE_SENT)
        if self._find(message.send_id) is None:
            self._count(message, min(sent_at, now), now)
            self.unsaved.append(message.send_id)

    @property
    def attention(self) -> str | None:
        """Why a human must look, if one must."""
        return SIGNAL_REFUSED if self.refusals.unsettled else None

    def refuse(self, signal: str, reason: str, now: datetime) -> None:
        """Record a signal that could not be taken."""
        self.refusals.add(RefusedSignal(at=now, signal=signal, reason=reason, invalid=True))

    def acknowledge(self, acknowledge: Acknowledge, now: datetime) -> None:
        """Ask for attention no longer because of refused signals."""
        if self.refusals.acknowledge():
            self._note(now, acknowledge.words)

    def take_over(self, record: UserRecord, now: datetime) -> None:
        """Take from the store what this run does not know: after a reset, or in a new actor."""
        if record.settings.number >= self.settings.number:
            self.settings = record.settings
            self.preferences = record.accepted
        self.timezone = record.timezone
        self.know(record.zones)
        self.suppressions = [each for each in record.suppressions if not self._is_lifted(each)]
        self.fence = record.fence
        if self.learn(record.defaults, now) and self.settings.policy is None:
            latest = self.defaults[-1]
            self._note(
                now, f"default policy {latest.revision} holds from {latest.effective_from:%Y-%m-%d %H:%M} UTC on"
            )
        # What waits for the store to hear that it does not count any more.
        released = {send_id for send_id in self.unsaved if self._find(send_id) is None}
        stored = [KnownSend(**send.model_dump()) for send in record.sends if send.send_id not in released]
        ids = {send.send_id for send in stored}
        # Grants that the store does not have are void: it takes none of the earlier fences any more.
        self._drop(lambda known: known.fence is not None or known.send_id in ids)
        self.sends = sorted([*self.sends, *stored], key=_at)
        self.forget(now)

    def changes(self, unsaved: Collection[str]) -> UserChanges:
        """Return what the store must hear of these."""
        sends = [send for send in self.sends if send.send_id in unsaved]
        known = {send.send_id for send in sends}
        return UserChanges(
            user_id=self.user_id,
            fence=self.fence,
            settings=self.settings,
            granted=[_plain(send) for send in sends if send.fence is not None],
            reported=[_plain(send) for send in sends if send.fence is None],
            released=[send_id for send_id in unsaved if send_id and send_id not in known],
            turned_on=dict(self.turned_on),
        )

    def saved(self, changes: UserChanges, fence: Fence, count: int) -> None:
        """Note that the store has heard of the first ``count`` of the unsaved; ``fence`` is the one to go on with."""
        ids = {send.send_id for send in changes.granted}
        for send in self.sends:
            if send.send_id in ids and send.fence is not None:
                send.fence = None
        self.turned_on = {channel: at for channel, at in self.turned_on.items() if changes.turned_on.get(channel) != at}
        self.fence = fence
        self.unsaved = self.unsaved[count:]

    def is_unsaved(self, send_id: str = SETTINGS) -> bool:
        """Return whether the store may not have heard of a send, or of the settings."""
        return send_id in self.unsaved

    def knows(self, send_id: str) -> bool:
        """Return whether a send counts."""
        return self._find(send_id) is not None

    def set_preferences(self, change: SetPreferences, asked_at: datetime, *, update_id: str) -> None:
        """Change the preferences that are named. A channel that is named as on is suppressed no longer.

        It may have waited since ``asked_at``: a channel that was set later, or suppressed later, stays so.

        Idempotent by ``update_id``, also in the store: what came after the change stands, whatever a reset repeats.
        """
        if update_id in self.settings.applied:
            return
        change = change.older_than(self.preferences, asked_at)
        self.preferences = change.applied_to(self.preferences, asked_at)
        self.turned_on |= dict.fromkeys(change.subscribed, asked_at)
        kept = [each for each in self.suppressions if not self._is_lifted(each)]
        ended = "".join(f"; suppressed on {each.channel} no longer" for each in self.suppressions if each not in kept)
        self.suppressions = kept
        self._set(update_id, preferences=self.preferences)
        self._note(asked_at, f"preferences set by {change.by}{ended}")

    def note_bounce(self, bounce: Bounce, now: datetime, *, late: bool = False) -> None:
        """Write a report into the timeline, and withdraw the consent of who complained.

        A consent that was given later stands: the report is ``late``, or one that a reset brings back.
        """
        of_send = f" of {bounce.send_id}" if bounce.send_id else ""
        words = "complaint" if bounce.kind is BounceKind.COMPLAINT else f"{bounce.kind} bounce"
        said = f": {bounce.detail}" if bounce.detail else ""
        self._note(now, f"{words} on {bounce.channel}{of_send}, reported by {bounce.by}{said}")
        chosen = self.preferences.sources.get(bounce.channel)
        stands = late or (chosen is not None and chosen.at > bounce.at)
        if bounce.kind is BounceKind.COMPLAINT and getattr(self.preferences.channels, bounce.channel) and not stands:
            channels = self.preferences.channels.model_copy(update={bounce.channel.value: False})
            source = ConsentSource(by=bounce.by, at=now)
            sources = self.preferences.sources | {bounce.channel: source}
            self.preferences = self.preferences.model_copy(update={"channels": channels, "sources": sources})
            self._set(preferences=self.preferences)

    def _is_lifted(self, suppression: Suppression) -> bool:
        turned_on = self.turned_on.get(suppression.channel)
        return turned_on is not None and suppression.at <= turned_on

    def set_policy(self, change: SetPolicy, now: datetime, *, update_id: str) -> None:
        """Replace the caps, once. They count the remembered sends: at least the last eight days."""
        if update_id in self.settings.applied:
            return
        self._set(update_id, policy=change.policy)
        rules = number_of(len(change.policy.rules), "rule") if change.policy else "the default one"
        self._note(now, f"policy set by {change.by}: {rules}")

    def begin_with(self, start: StartUserActor) -> None:
        """Set what a new actor was started with, unless something was set before."""
        if start.policy is not None and self.settings.policy is None:
            self._set(policy=start.policy)
        if start.preferences is not None and self.settings.preferences is None:
            channels = self.preferences.channels.stricter(start.preferences.channels)
            self.preferences = start.preferences.model_copy(update={"channels": channels})
            self._set(preferences=self.preferences)

    def _set(self, update_id: str | None = None, **changes: CapPolicy | Preferences | None) -> None:
        number, applied = self.settings.number + 1, self.settings.applied
        if update_id is not None:
            applied = [*applied, update_id][-REMEMBERED_UPDATES:]
        self.settings = self.settings.model_copy(update={**changes, "number": number, "applied": applied})
        self.unsaved.append(SETTINGS)

    def forget(self, now: datetime) -> None:
        """Drop sends that no cap needs, so that the state stays small, and settle refused signals as old as those.

        Kept are, for each rule, the latest sends in its window up to its limit, since they decide; and the latest 2,000
        sends of the largest window (eight days at least), so that a late retry is recognised as a duplicate.
        """
        oldest = now - self._longest_window()
        recent = [send for send in self.sends if send.at > oldest][-KEPT_SENDS:]
        needed = {send.send_id for send in recent}
        for policy in self.policies(now):
            limits = Limits(policy, self.preferences, self.zones, timezone=self.timezone)
            for rule in policy.rules:
                taken = counted(rule, limits, self.sends, now)
                needed.update(send.send_id for send in taken[max(0, len(taken) - rule.limit) :])
        self.sends = [send for send in self.sends if send.send_id in needed]
        self.refusals.forget(oldest)

    def _longest_window(self) -> timedelta:
        windows = [longest(rule.window) for policy in self.policies() for rule in policy.rules]
        return max([timedelta(days=KEPT_DAYS), *windows])

    def _fence_of(self, send: KnownSend) -> Fence:
        """Return the fence of a grant: other settings, which call it back, have made a new one since."""
        current = send.fence in (None, self.fence.token)
        return self.fence if current else Fence(token=str(send.fence), version=NO_VERSION)

    def _drop(self, condition: Callable[[KnownSend], bool]) -> None:
        self.sends = [send for send in self.sends if not condition(send)]

    def _find(self, send_id: str) -> KnownSend | None:
        return next((send for send in reversed(self.sends) if send.send_id == send_id), None)

    def _remember(self, update_id: str) -> None:
        self.applied = [*self.applied, update_id][-REMEMBERED_UPDATES:]

    def _count(self, send: SendRequest | MessageSent, at: datetime, now: datetime, *, fence: str | None = None) -> None:
        fields = send.model_dump(include={"send_id", "campaign_id", "channel", "tags", "transactional"})
        entry = KnownSend(**fields, at=at, fence=fence)
        insort(self.sends, entry, key=_at)
        if len(self.sends) > KEPT_SENDS:
            self.forget(now)

    def _note_decision(self, send: SendRequest, decision: SendDecision, now: datetime) -> None:
        noted = RecentDecision(
            **send.model_dump(include={"send_id", "campaign_id", "channel"}),
            decision=decision.decision,
            rule=decision.rule,
            next_eligible_at=decision.next_eligible_at,
            kept_for=decision.kept_for,
            at=now,
        )
        self.decisions = [*self.decisions, noted][-SHOWN:]

    def _note(self, now: datetime, text: str) -> None:
        self.timeline = [*self.timeline, TimelineEntry(at=now, text=text)][-SHOWN:]


def why_not_zones(named: Mapping[str, str], zones: ZoneTable) -> Refusal | None:
    """Return which field names a time zone that there is not, or None."""
    wrong = [f"{field}: {unknown_zone(name)}" for field, name in named.items() if zones.clock(name) is None]
    return Refusal(INVALID_REQUEST, "; ".join(wrong)) if wrong else None


def _plain(send: KnownSend) -> CountedSend:
    return CountedSend(**send.model_dump(exclude={"fence"}))


def _at(send: CountedSend) -> datetime:
    return send.at


class ActorStart(StartUserActor):
    """Input of a run of the actor; ``carried`` is the state of the previous run after continue-as-new.

    ``record`` is what the store knows of the user, if the caller has just read it.
    """

    carried: ActorState | None = None
    record: UserRecord | None = None
    since: UtcDatetime | None = Field(default=None, description="when the caller started it")
    registered: bool | None = Field(
        default=None, description="whether the namespace knows the search attributes, if the caller knows"
    )
