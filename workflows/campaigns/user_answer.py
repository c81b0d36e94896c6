"""What a client asks the store about a user, and the answer."""

from pydantic import Field

from workflows.campaigns.models import CapPolicy, RuleUsage, SendDecision, SendRequest, UserState
from workflows.shared.counts import number_of
from workflows.shared.fields import Answer, Identifier
from workflows.shared.inputs import Input

MAX_RULES = 5
"""Rules that the words about a policy name."""


class LookUpUser(Input):
    """A user to look up; with ``try_policy`` ``policy`` (null: the default one) is tried on the last days.

    With ``send`` it is asked whether that may go now.
    """

    user_id: Identifier
    send: SendRequest | None = None
    policy: CapPolicy | None = None
    try_policy: bool = False


class PolicyTrial(Answer):
    """What a user's sends of the last ``days`` would have been under a policy, and how full its caps are now.

    Refusals are not kept, so that nothing is known of what a wider policy would have let through.
    """

    days: int
    sends: int
    refused: int
    by_rule: dict[str, int] = Field(default_factory=dict, description="refusals by the rule that refuses longest")
    usage: list[RuleUsage] = Field(default_factory=list)
    why_not: str | None = Field(default=None, description="why there can be no such policy")


class UserAnswer(Answer):
    """What the store knows of a user; ``like`` are known IDs like one that is not known."""

    state: UserState | None = None
    like: list[str] = Field(default_factory=list)
    trial: PolicyTrial | None = None
    decision: SendDecision | None = Field(default=None, description="of the send, as a new actor would decide")


def trial_words(trial: PolicyTrial) -> str:
    """Return for people what a policy would have done, and which of its caps are full now."""
    past = f"of {number_of(trial.sends, 'send')} in the last {trial.days} days"
    if not trial.sends:
        words = f"nothing was sent in the last {trial.days} days, so there is nothing to judge"
    elif not trial.refused:
        words = f"{past} none would have been refused"
    else:
        rules = [f"{rule} {count:,}" for rule, count in list(trial.by_rule.items())[:MAX_RULES]]
        more = len(trial.by_rule) - len(rules)
        named = ", ".join([*rules, *([f"{more:,} more"] if more else [])])
        words = f"{past} {trial.refused:,} would have been refused: {named}"
    full = [f"{rule.rule} ({rule.used} of {rule.limit})" for rule in trial.usage if rule.used >= rule.limit]
    if not trial.usage:
        return f"{words}; without rules every message may go"
    return f"{words}; full at once: {', '.join(full[:MAX_RULES])}" if full else f"{words}; no cap is full now"
