"""Steps that keep failing, and what an operator may decide about them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto

from workflows.orders.models import ResolveStep, StepDecision
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import StuckStep
from workflows.shared.actions import Action


class StepKind(StrEnum):
    """What a step does. The value begins its ID, by which an operator names it."""

    RESERVE = "reserve"
    CONSUME = "consume"
    RELEASE = "release"
    RECORD = "record"
    NOTE = "note"
    ASK_LEDGER = "ask_ledger"
    RECEIVE = "receive"
    REFUND = "refund"
    STOP = "stop"
    HAND_OVER = "hand_over"
    TRACK = "track"
    RECALL = "recall"
    ASK_ORDER = "ask_order"


@dataclass(frozen=True)
class StepRule:
    """What a stuck step of a kind means, and what an operator may do about it besides a retry."""

    attention: Attention
    never: str = ""
    """Why it must not be skipped: money or goods would have no owner, or two."""
    skipped: str = ""
    """What skipping it means, where that is safe."""
    by_hand: str = ""
    """What somebody must have done to resolve it; empty if only the step itself can do it."""
    moves_money: bool = False
    """Whether resolving it needs a reference, which is booked in the ledger."""


STEP_RULES = {
    StepKind.RESERVE: StepRule(
        Attention.STOCK_UNAVAILABLE,
        never="without stock there is nothing to ship; the order can be cancelled instead",
    ),
    StepKind.CONSUME: StepRule(
        Attention.STOCK_UNAVAILABLE,
        skipped="leaves the pieces reserved in the inventory, although they have left",
        by_hand="they were booked out",
    ),
    StepKind.RELEASE: StepRule(
        Attention.RELEASE_FAILED,
        skipped="leaves the pieces reserved in the inventory",
        by_hand="they were put back into stock",
    ),
    StepKind.RECORD: StepRule(
        Attention.LEDGER_UNAVAILABLE, never="money that came must be in the ledger, so that it has an owner"
    ),
    StepKind.NOTE: StepRule(
        Attention.LEDGER_UNAVAILABLE, never="what is decided must be in the store, so that it happens once"
    ),
    StepKind.ASK_LEDGER: StepRule(
        Attention.LEDGER_UNAVAILABLE, never="only the ledger knows whether money has come for the order"
    ),
    StepKind.RECEIVE: StepRule(
        Attention.PAYMENT_DELAYED, never="money that came must have an owner; the order can be cancelled instead"
    ),
    StepKind.REFUND: StepRule(
        Attention.REFUND_FAILED,
        never="money must have an owner; once somebody has sent it by another way, resolve it with its reference",
        by_hand="the money was sent by another way, and books that in the ledger under its reference",
        moves_money=True,
    ),
    StepKind.ASK_ORDER: StepRule(
        Attention.ORDER_UNAVAILABLE, never="only the order can say what becomes of its payment"
    ),
    StepKind.STOP: StepRule(
        Attention.WAREHOUSE_UNAVAILABLE,
        never="the warehouse itself must say whether it has stopped, or report what it did",
    ),
    StepKind.HAND_OVER: StepRule(
        Attention.CARRIER_UNAVAILABLE,
        never="what was paid must be shipped; a parcel that has not left can be cancelled instead",
        by_hand="a carrier was given the parcel by hand, the one that the reference names",
    ),
    StepKind.TRACK: StepRule(
        Attention.CARRIER_UNAVAILABLE,
        skipped="leaves the carrier's records behind the order's",
        by_hand="they were brought up to date",
    ),
    StepKind.RECALL: StepRule(
        Attention.RECALL_FAILED,
        skipped="leaves a parcel that the carrier may still deliver",
        by_hand="the carrier was told to stop it",
    ),
}


@dataclass(frozen=True)
class StepRef:
    """Names one step of one workflow; ``name`` is for people, to be read in "… failed"."""

    kind: StepKind
    name: str
    key: str = ""
    """Distinguishes it from others of its kind."""

    @property
    def id(self) -> str:
        """How an operator names it."""
        return f"{self.kind}/{self.key}" if self.key else self.kind.value

    @property
    def rule(self) -> StepRule:
        """What an operator may do about it."""
        return STEP_RULES[self.kind]


class Outcome(Enum):
    """How a step ended."""

    DONE = auto()
    BY_HAND = auto()
    SKIPPED = auto()


@dataclass
class _Stuck:
    ref: StepRef
    since: datetime
    reason: str
    undone: Attention | None
    woken: bool = False
    reference: str | None = None

    @property
    def attention(self) -> Attention:
        return self.undone or self.ref.rule.attention


class StuckSteps:
    """The steps whose latest round failed, and the decisions about them.

    ``settled`` is called when one is no longer stuck, ``undone`` when the store refuses one. ``ready`` is awaited
    before each round.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        note: Callable[[str], None],
        settled: Callable[[], None],
        undone: Callable[[], None],
        ready: Callable[[], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._note = note
        self._settled = settled
        self._undone = undone
        self.ready = ready
        self._stuck: dict[str, _Stuck] = {}
        self._decided: dict[str, Outcome] = {}
        self.decisions = 0
        """How many there have been."""

    @property
    def refs(self) -> list[StepRef]:
        """All stuck steps."""
        return [each.ref for each in self._stuck.values()]

    @property
    def attentions(self) -> set[Attention]:
        """The attention codes that they raise."""
        return {each.attention for each in self._stuck.values()}

    @property
    def undone(self) -> str:
        """What the store refuses since something was undone before, and why, in one line; empty if nothing is."""
        return _words(each for each in self._stuck.values() if each.undone)

    def decided_since(self, seen: int) -> bool:
        """Return whether there have been more than ``seen`` decisions."""
        return self.decisions != seen

    def failed(self, ref: StepRef, reason: str, undone: Attention | None = None) -> None:
        """Record a failed round, ``undone`` if the store refused it; the timeline has only the first one."""
        known = self._stuck.get(ref.id)
        if known is None:
            self._stuck[ref.id] = _Stuck(ref, self._clock(), reason, undone)
            self._note(f"{ref.name} failed: {reason}; trying again until it works")
        else:
            known.ref = ref
            known.reason = reason
            known.undone = undone
        if undone is not None:
            self._undone()

    def settle(self, ref: StepRef) -> None:
        """Record that the step is done, or not tried any more."""
        if self._stuck.pop(ref.id, None) is not None:
            self._settled()

    def forget(self) -> None:
        """Forget all stuck steps: nothing of this run is done any more."""
        self._stuck = {}

    def decide(self, resolve: ResolveStep) -> None:
        """Apply an operator's decision."""
        found = self._stuck.get(resolve.step)
        if found is None:
            return
        self.decisions += 1
        found.woken = True
        if resolve.decision == StepDecision.SKIP:
            self._decided[resolve.step] = Outcome.SKIPPED
        elif resolve.decision == StepDecision.RESOLVE:
            found.reference = resolve.reference
            if not found.ref.rule.moves_money:
                self._decided[resolve.step] = Outcome.BY_HAND
        self._note(_decision_words(found.ref, resolve))

    def outcome(self, ref: StepRef) -> Outcome | None:
        """Return how an operator ended the step, if one did."""
        return self._decided.get(ref.id)

    def reference(self, ref: StepRef) -> str | None:
        """Return the reference of what was done by hand, until the step is settled."""
        found = self._stuck.get(ref.id)
        return found.reference if found else None

    def woken(self, ref: StepRef) -> bool:
        """Return whether an operator wants the step to be tried now."""
        found = self._stuck.get(ref.id)
        return found is not None and found.woken

    def begin_round(self, ref: StepRef) -> None:
        """Record that the step is tried now."""
        found = self._stuck.get(ref.id)
        if found is not None:
            found.woken = False

    def views(self) -> list[StuckStep]:
        """Return them as people see them."""
        return [
            StuckStep(step=each.ref.id, name=each.ref.name, since=each.since, reason=each.reason)
            for each in self._stuck.values()
        ]

    def words(self) -> str:
        """Return what failed, and why, in one line."""
        return _words(self._stuck.values())

    def why_not_resolve(self, resolve: ResolveStep) -> str | None:
        """Return why the decision cannot be taken now, or None if it can."""
        ref = next((ref for ref in self.refs if ref.id == resolve.step), None)
        if ref is None:
            stuck = ", ".join(each.id for each in self.refs)
            return f"step {resolve.step} is not stuck" + (f"; stuck: {stuck}" if stuck else "")
        if resolve.decision == StepDecision.SKIP and not ref.rule.skipped:
            return f"{ref.name} cannot be skipped: {ref.rule.never}"
        if resolve.decision == StepDecision.RESOLVE and not ref.rule.by_hand:
            return f"{ref.name} cannot be done by hand: {ref.rule.never}"
        if resolve.decision == StepDecision.RESOLVE and ref.rule.moves_money and not resolve.reference:
            return f"reference: {ref.name} moves money; say under which reference it was sent"
        return None

    def action(self) -> Action:
        """Return whether any step can be resolved, and what each decision does."""
        effect = "; ".join(f"{ref.name} ({ref.id}): {_choices(ref)}" for ref in self.refs)
        return Action.of("resolve_step", "Resolve step", effect, None if self.refs else "no step is stuck")


def why_not_complete(resolve: ResolveStep) -> str | None:
    """Return what the decision lacks, whatever step it is about, or None."""
    if resolve.decision == StepDecision.RETRY or resolve.reason:
        return None
    return f"reason: say why the step is to be {'skipped' if resolve.decision == StepDecision.SKIP else 'resolved'}"


def _words(stuck: Iterable[_Stuck]) -> str:
    return "; ".join(f"{each.ref.name} failed: {each.reason}" for each in stuck)


def _choices(ref: StepRef) -> str:
    choices = ["retry tries it now"]
    if ref.rule.skipped:
        choices.append(f"skip {ref.rule.skipped}")
    if ref.rule.by_hand:
        choices.append(f"resolve says that {ref.rule.by_hand}")
    return ", ".join(choices)


def _decision_words(ref: StepRef, resolve: ResolveStep) -> str:
    did = {
        StepDecision.RETRY: "tried again now",
        StepDecision.SKIP: "skipped",
        StepDecision.RESOLVE: "resolved by hand" + (f" ({resolve.reference})" if resolve.reference else ""),
    }
    return f"{ref.name}: {did[resolve.decision]}, by {resolve.by}" + (f": {resolve.reason}" if resolve.reason else "")
