"""What an operator may decide about a stuck step, why not, and what each decision does."""

from workflows.orders.models import ResolveStep, StepDecision
from workflows.orders.steps.stuck import StepRef, StuckSteps
from workflows.shared.actions import Action


def what_is_missing(resolve: ResolveStep) -> str | None:
    """Return what the decision lacks, whatever step it is about."""
    if resolve.decision != StepDecision.RETRY and not resolve.reason:
        return f"reason: say why the step is to be {'skipped' if resolve.decision == StepDecision.SKIP else 'resolved'}"
    return None


def why_no_resolution(steps: StuckSteps, resolve: ResolveStep) -> str | None:
    """Return why the decision cannot be taken now, or None if it can."""
    ref = steps.get(resolve.step)
    if ref is None:
        stuck = ", ".join(each.id for each in steps.refs)
        return f"step {resolve.step} is not stuck" + (f"; stuck: {stuck}" if stuck else "")
    if resolve.decision == StepDecision.SKIP and not ref.rule.skipped:
        return f"{ref.name} cannot be skipped: {ref.rule.never}"
    if resolve.decision == StepDecision.RESOLVE and not ref.rule.by_hand:
        return f"{ref.name} cannot be done by hand: {ref.rule.never}"
    if resolve.decision == StepDecision.RESOLVE and ref.rule.is_booked and not resolve.reference:
        return f"reference: {ref.name} moves money; say under which reference it was sent"
    return None


def resolve_action(steps: StuckSteps) -> Action:
    """Return whether a decision can be taken about any step, and what each does."""
    if not steps.refs:
        return Action.illegal("resolve_step", "Resolve step", "no step is stuck")
    effect = "; ".join(f"{ref.name} ({ref.id}): {_choices(ref)}" for ref in steps.refs)
    return Action.legal("resolve_step", "Resolve step", effect)


def _choices(ref: StepRef) -> str:
    choices = ["retry tries it now"]
    if ref.rule.skipped:
        choices.append(f"skip {ref.rule.skipped}")
    if ref.rule.by_hand:
        choices.append(f"resolve says that {ref.rule.by_hand}")
    return ", ".join(choices)
