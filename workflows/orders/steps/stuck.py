"""Steps that are tried again until they work, and what an operator may decide about one that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto

from workflows.orders.models import ResolveStep, StepDecision, StuckStep
from workflows.orders.views.attention import Attention


class StepKind(StrEnum):
    """What a step does. The value begins its ID, by which an operator names it."""

    RESERVE = "reserve"
    CONSUME = "consume"
    RELEASE = "release"
    RECORD = "record"
    REFUND = "refund"
    STOP = "stop"
    HAND_OVER = "hand_over"
    TRACK = "track"
    RECALL = "recall"
    ASK_ORDER = "ask_order"


@dataclass(frozen=True)
class StepRule:
    """What an operator may do about a step of a kind, besides trying it again now."""

    never: str = ""
    """Why it may not be skipped: without it money or goods would have no owner, or two."""
    skipped: str = ""
    """What it means to skip it, where that is safe."""
    by_hand: str = ""
    """What somebody must have done when it is resolved; where this is empty only the step itself can do it."""
    is_booked: bool = False
    """Whether it moves money: what was done by hand needs a reference, which is booked in the ledger."""


STEP_RULES = {
    StepKind.RESERVE: StepRule(never="without stock there is nothing to ship; the order can be cancelled instead"),
    StepKind.CONSUME: StepRule(
        skipped="leaves the pieces reserved in the inventory, although they have left", by_hand="they were booked out"
    ),
    StepKind.RELEASE: StepRule(
        skipped="leaves the pieces reserved in the inventory", by_hand="they were put back into stock"
    ),
    StepKind.RECORD: StepRule(never="money that came must be in the ledger, so that it has an owner"),
    StepKind.REFUND: StepRule(
        never="money must have an owner; once somebody has sent it by another way, resolve it with its reference",
        by_hand="the money was sent by another way, and books that in the ledger under its reference",
        is_booked=True,
    ),
    StepKind.ASK_ORDER: StepRule(never="only the order can say what becomes of its payment"),
    StepKind.STOP: StepRule(never="the warehouse itself must say whether it has stopped, or report what it did"),
    StepKind.HAND_OVER: StepRule(
        never="what was paid must be shipped; a parcel that has not left can be cancelled instead",
        by_hand="a carrier was given the parcel by hand, the one that the reference names",
    ),
    StepKind.TRACK: StepRule(
        skipped="leaves the carrier's records behind the order's", by_hand="they were brought up to date"
    ),
    StepKind.RECALL: StepRule(
        skipped="leaves a parcel that the carrier may still deliver", by_hand="the carrier was told to stop it"
    ),
}


WAITS_FOR = {
    StepKind.RESERVE: Attention.STOCK_UNAVAILABLE,
    StepKind.CONSUME: Attention.STOCK_UNAVAILABLE,
    StepKind.STOP: Attention.WAREHOUSE_UNAVAILABLE,
    StepKind.HAND_OVER: Attention.CARRIER_UNAVAILABLE,
    StepKind.TRACK: Attention.CARRIER_UNAVAILABLE,
}
"""What an operator is told as long as a step of that kind is stuck, whatever else becomes of the order."""


@dataclass(frozen=True)
class StepRef:
    """Names one step of one order."""

    kind: StepKind
    name: str
    """For people, to be read in "… failed"."""
    key: str = ""
    """What tells it from others of its kind."""

    @property
    def id(self) -> str:
        """How an operator names it."""
        return f"{self.kind}/{self.key}" if self.key else self.kind.value

    @property
    def rule(self) -> StepRule:
        """What an operator may do about it."""
        return STEP_RULES[self.kind]


class Outcome(Enum):
    """How a step came to its end."""

    DONE = auto()
    BY_HAND = auto()
    SKIPPED = auto()


@dataclass
class _Open:
    ref: StepRef
    since: datetime
    reason: str
    woken: bool = False
    reference: str | None = None


class StuckSteps:
    """The steps of an order whose last round of trying failed, and what was decided about them.

    ``settled`` is called when one is stuck no longer.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        note: Callable[[str], None],
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._note = note
        self._settled = settled
        self._open: dict[str, _Open] = {}
        self._decided: dict[str, Outcome] = {}
        self._decisions = 0

    @property
    def refs(self) -> list[StepRef]:
        """Return all of them."""
        return [each.ref for each in self._open.values()]

    @property
    def waiting(self) -> set[Attention]:
        """What an operator is told because of them."""
        return {WAITS_FOR[ref.kind] for ref in self.refs if ref.kind in WAITS_FOR}

    @property
    def decisions(self) -> int:
        """How often somebody has decided something, to notice a new one."""
        return self._decisions

    def decided_since(self, seen: int) -> bool:
        """Return whether somebody has decided something since there were so many decisions."""
        return self._decisions != seen

    def get(self, step_id: str) -> StepRef | None:
        """Return the stuck step with that ID."""
        found = self._open.get(step_id)
        return found.ref if found else None

    def failed(self, ref: StepRef, reason: str) -> None:
        """Take note of a round that failed; the timeline tells the first one."""
        known = self._open.get(ref.id)
        if known is None:
            self._open[ref.id] = _Open(ref, self._clock(), reason)
            self._note(f"{ref.name} failed: {reason}; trying again until it works")
        else:
            known.ref = ref
            known.reason = reason

    def settle(self, ref: StepRef) -> None:
        """Take note that the step is done, or that nobody tries it any more."""
        if self._open.pop(ref.id, None) is not None:
            self._settled()

    def decide(self, resolve: ResolveStep) -> None:
        """Do what somebody decided about a step that is stuck."""
        found = self._open.get(resolve.step)
        if found is None:
            return
        self._decisions += 1
        found.woken = True
        if resolve.decision == StepDecision.SKIP:
            self._decided[resolve.step] = Outcome.SKIPPED
        elif resolve.decision == StepDecision.RESOLVE:
            found.reference = resolve.reference
            if not found.ref.rule.is_booked:
                self._decided[resolve.step] = Outcome.BY_HAND
        self._note(_decision_words(found.ref, resolve))

    def outcome(self, ref: StepRef) -> Outcome | None:
        """Return how somebody ended the step, if somebody did."""
        return self._decided.get(ref.id)

    def reference(self, ref: StepRef) -> str | None:
        """Return the reference of what somebody did by hand, until the step is settled."""
        found = self._open.get(ref.id)
        return found.reference if found else None

    def woken(self, ref: StepRef) -> bool:
        """Return whether somebody wants the step to be tried now."""
        found = self._open.get(ref.id)
        return found is not None and found.woken

    def begin_round(self, ref: StepRef) -> None:
        """Take note that the step is tried now."""
        found = self._open.get(ref.id)
        if found is not None:
            found.woken = False

    def views(self) -> list[StuckStep]:
        """Return them as people see them."""
        return [
            StuckStep(step=each.ref.id, name=each.ref.name, since=each.since, reason=each.reason)
            for each in self._open.values()
        ]

    def words(self) -> str:
        """Return what failed, and why, in one line."""
        return "; ".join(f"{each.ref.name} failed: {each.reason}" for each in self._open.values())


def _decision_words(ref: StepRef, resolve: ResolveStep) -> str:
    did = {
        StepDecision.RETRY: "tried again now",
        StepDecision.SKIP: "skipped",
        StepDecision.RESOLVE: "resolved by hand" + (f" ({resolve.reference})" if resolve.reference else ""),
    }
    return f"{ref.name}: {did[resolve.decision]}, by {resolve.by}" + (f": {resolve.reason}" if resolve.reason else "")
