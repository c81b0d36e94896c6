"""What a request would get: the rule that decides it, its levels with their people, and when they would be due."""

from datetime import datetime

from pydantic import Field

from workflows.approvals.due import in_words
from workflows.approvals.level_models import LevelPlan, LevelToPlan, ResolvedLevel
from workflows.approvals.models import ApprovalRequest, LevelState, LevelStatus
from workflows.approvals.people.plan import plan_level
from workflows.approvals.people.resolve import resolve_chain
from workflows.approvals.policy.matching import find_rule, is_compared
from workflows.approvals.policy.reading import PolicyFile
from workflows.approvals.ports import Directory
from workflows.approvals.review.review import Review
from workflows.approvals.views import state_of
from workflows.approvals.wording import about, both, skipped_words, some
from workflows.shared.fields import Answer, UtcDatetime


class PreviewedLevel(Answer):
    """One level as it would be."""

    level: ResolvedLevel
    state: LevelState
    plan: LevelPlan
    """As if it opened now."""
    words: list[str]
    """One line each for people."""


class ChainPreview(Answer):
    """What a request would get."""

    request_id: str
    about: str
    policy: str
    """The policy's file."""
    rule: str | None = None
    """The rule that decides; None when the request brings its own levels."""
    line: int | None = None
    """Of the rule, in the file."""
    rates: str | None = Field(default=None, description="of which day, if amounts are compared by them")
    at: UtcDatetime
    levels: list[PreviewedLevel]


async def preview_chain(
    request: ApprovalRequest, directory: Directory, file: PolicyFile, now: datetime
) -> ChainPreview:
    """Return what the request would get if it started now; nobody is asked.

    Raises ``InvalidRequest`` when its start would be refused.
    """
    chain = await resolve_chain(request, directory, file.policy)
    number = None if request.levels else find_rule(file.policy, request)
    review = Review(request, now)
    review.open(chain, now)
    levels = []
    for level, state in zip(chain.levels, state_of(review, "off", now).levels, strict=True):
        ask = LevelToPlan(level=level.name, people=state.approvers, due=level.due, opened_at=now, at=now)
        plan = await plan_level(ask, directory, file.policy.calendar)
        levels.append(PreviewedLevel(level=level, state=state, plan=plan, words=[*_words(level, state, plan)]))
    rates = file.policy.rates
    compared = number is not None and any(
        is_compared(file.policy, rule, request) for rule in file.policy.rule[: number + 1]
    )
    return ChainPreview(
        request_id=request.request_id,
        about=f"{about(request)}: {request.title}",
        policy=file.name,
        rule=chain.rule,
        line=None if number is None else file.line("rule", number),
        rates=str(rates.date) if compared and rates else None,
        at=now,
        levels=levels,
    )


def _words(level: ResolvedLevel, state: LevelState, plan: LevelPlan) -> list[str]:
    if state.status == LevelStatus.SKIPPED:
        return [skipped_words(level.name, state.barred)]
    lines = [f"{some(state.needed, state.approvers)} must approve"]
    if level.fell_back:
        lines[0] += ", the fallback"
    if level.parallel:
        lines.append("opens together with the level before it")
    if state.barred:
        lines.append(f"{both(state.barred)} may vote on an earlier level, and nobody has two votes")
    if level.rejection.kind != "any":
        lines.append(f"{level.rejection.needed(len(state.approvers))} rejects reject it")
    lines += [
        f"{each.person_id} is absent{f' until {each.absent_until:%Y-%m-%d %H:%M} UTC' if each.absent_until else ''}, "
        + (f"{each.substitute} stands in" if each.substitute else "and nobody stands in")
        for each in plan.people
        if each.absent
    ]
    if level.due is not None:
        up = f", {plan.due_at:%Y-%m-%d %H:%M} UTC if it opened now" if plan.due_at else ""
        lines.append(f"due {in_words(level.due)} after it opens{up}; {_overdue(level)}")
    if level.console_only:
        lines.append("Slack shows it, and does not decide it")
    return lines


def _overdue(level: ResolvedLevel) -> str:
    match level.on_timeout:
        case "escalate":
            return f"then {both(level.escalate_to)} may approve, too"
        case "reject":
            return "then the request ends as EXPIRED"
        case "remind":
            return "then they are reminded"
