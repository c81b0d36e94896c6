"""Whether a request can still pass, and who is needed: told from its state, for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.approvals.models import ApprovalState, ApprovalStatus, LevelState, LevelStatus
from workflows.approvals.wording import passed_words, skipped_words, some

ENDS = {
    ApprovalStatus.APPROVED: "it has passed",
    ApprovalStatus.REJECTED: "it was rejected",
    ApprovalStatus.WITHDRAWN: "it was withdrawn",
    ApprovalStatus.EXPIRED: "its time ran out",
    ApprovalStatus.NEEDS_ACTION: "it has passed, and what follows from that has failed",
}

WAITING = frozenset({LevelStatus.NOT_OPEN, LevelStatus.OPEN})


@dataclass(frozen=True)
class Outlook:
    """``passes``: whether it still can; ``words``: who is needed for it, or why it cannot."""

    passes: bool
    words: str


def missing_approvals(level: LevelState) -> int:
    """Return how many approvals the level still needs."""
    given = sum(vote.decision == "approve" for vote in level.votes)
    return max(level.needed - given - len(level.carried), 0)


def outlook(state: ApprovalState, viewer: str | None = None) -> Outlook:
    """Return what the request still needs, in the order of its levels; ``viewer`` is called "you"."""
    if state.status in ENDS:
        return Outlook(passes=False, words=ENDS[state.status])
    if state.status == ApprovalStatus.CHANGES_REQUESTED:
        requester = "you" if viewer == state.request.requester else state.request.requester
        return Outlook(passes=True, words=f"a new version by {requester}")
    waiting = [level for level in state.levels if level.status in WAITING]
    if not waiting:
        return Outlook(passes=False, words="its levels are not known yet")
    stuck = next((level for level in waiting if len(level.pending) < missing_approvals(level)), None)
    if stuck is not None:
        missing = missing_approvals(stuck)
        return Outlook(
            passes=False, words=f"level {stuck.name} needs {missing} more, and {len(stuck.pending)} can still vote"
        )
    words = ""
    for number, level in enumerate(waiting):
        link = "" if not number else " beside " if level.parallel else ", then "
        words += link + some(missing_approvals(level), _call_you(level.pending, viewer))
    skipped = [
        f"; {passed_words(level.name, level.carried) if level.carried else skipped_words(level.name, level.barred)}"
        for level in state.levels
        if level.status == LevelStatus.SKIPPED
    ]
    return Outlook(passes=True, words=words + "".join(skipped))


def _call_you(people: Sequence[str], viewer: str | None) -> list[str]:
    others = [person for person in people if person != viewer]
    return ["you", *others] if len(others) < len(people) else others
