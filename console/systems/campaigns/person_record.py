"""What campaigns know of a person: consent, caps, and the latest messages with what became of each."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import time_and_day
from console.design.tone import Tone
from console.systems.campaigns.user_details import CONSENT
from console.systems.person import PersonEntry, PersonRecord
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.models import UNKNOWN_USER, Decision, RecentDecision, UserState
from workflows.shared.errors import RefusedError

CAMPAIGNS_TAB = "campaigns"

SENT = ("✔", Tone.DONE, "sent")
BECAME = {
    Decision.GRANTED: SENT,
    Decision.DENIED: ("✖", Tone.STOPPED, "refused"),
    Decision.DEFERRED: ("◔", Tone.WAITING, "held"),
    Decision.DUPLICATE: ("✔", Tone.MUTED, "sent before"),
}
LATEST_ALONE = (
    "older messages are in the store alone; sent is what the caps let through, the campaign says if it arrived"
)


async def person_record(client: UserActorsClient, person: str) -> PersonRecord | None:
    """Return what is known of a user, None if there is none of that ID. Raises ``CallError``."""
    try:
        state = await client.known_state(person)
    except RefusedError as refused:
        if refused.kind == UNKNOWN_USER:
            return None
        raise
    return record_of(state, datetime.now(UTC))


def record_of(state: UserState, now: datetime) -> PersonRecord:
    """Return the record of a user as their actor, or the store, knows them at ``now``."""
    head = [("messages", _messages(state)), ("consent", _consent(state))]
    if full := _full_caps(state, now):
        head.append(("caps", full))
    entries = [*_decided(state, now), *_sent(state)]
    entries += [PersonEntry(entry.at, "·", Tone.MUTED, entry.text) for entry in state.timeline]
    return PersonRecord(head, entries, LATEST_ALONE)


def _messages(state: UserState) -> Content:
    """Return how many of the latest messages were sent, refused and held, by the cap that did."""
    became = Counter(BECAME[each.decision][2] for each in state.decisions)
    became["sent"] += len([*_sent(state)])
    if not became.total():
        return Tone.MUTED.styled("none lately")
    parts = []
    for word in ("sent", "refused", "held", "sent before"):
        if became[word]:
            rules = Counter(each.rule for each in state.decisions if each.rule and BECAME[each.decision][2] == word)
            by = ", ".join(f'"{plain(rule, limit=30)}" {count:,}' for rule, count in rules.most_common(3))
            parts.append(f"{became[word]:,} {word}{f' by {by}' if by else ''}")
    return Content(f"of the latest {became.total():,}: {' · '.join(parts)}")


def _consent(state: UserState) -> Content:
    signs = [(each.channel.value, *CONSENT[each.state], each.state) for each in state.consent]
    return Content("   ").join(tone.styled(f"{sign} {channel} {word}") for channel, sign, tone, word in signs)


def _full_caps(state: UserState, now: datetime) -> Content:
    full = [rule for rule in state.usage if rule.used >= rule.limit]
    words = (
        f"{plain(rule.rule, limit=30)} is full{f', next {time_and_day(rule.resets_at, now)}' if rule.resets_at else ''}"
        for rule in full
    )
    return Tone.WAITING.styled(" · ".join(words))


def _decided(state: UserState, now: datetime) -> Iterator[PersonEntry]:
    for each in state.decisions:
        symbol, tone, word = BECAME[each.decision]
        words = f"{each.channel.value} {word}{_why(each, now)}"
        yield PersonEntry(each.at, symbol, tone, words, each.campaign_id, CAMPAIGNS_TAB)


def _why(each: RecentDecision, now: datetime) -> str:
    kept = f", kept for {each.kept_for}" if each.kept_for else ""
    by = f": {each.rule}{kept}" if each.rule else ""
    return f"{by}, until {time_and_day(each.next_eligible_at, now)}" if each.next_eligible_at else by


def _sent(state: UserState) -> Iterator[PersonEntry]:
    """Yield the sends that the actor knows from elsewhere than its own decisions."""
    decided = {each.send_id for each in state.decisions if each.decision is Decision.GRANTED}
    symbol, tone, word = SENT
    for send in state.recent:
        if send.send_id not in decided:
            yield PersonEntry(send.at, symbol, tone, f"{send.channel.value} {word}", send.campaign_id, CAMPAIGNS_TAB)
