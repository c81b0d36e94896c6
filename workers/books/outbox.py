"""Messages that were to be sent, and that no run will send. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from workers.books.findings import Finding, Remedies
from workers.books.runs import Run

Kind = Literal["email", "message"]


@dataclass(frozen=True)
class Unsent:
    """A message that was tried, neither sent nor refused, and that nobody is sending at this moment."""

    kind: Kind
    key: str
    attempts: int
    owners: Sequence[str]
    """Workflow IDs of those that may send it."""


def judge_unsent(unsent: Unsent, runs: Mapping[str, Run], remedies: Remedies) -> Finding | None:
    """Return what is wrong with an unsent message, or None."""
    if any(owner in runs and runs[owner].running for owner in unsent.owners):
        return None
    tried = f"{unsent.attempts} attempt{'' if unsent.attempts == 1 else 's'}"
    amount = f"{tried}, and {' and '.join(unsent.owners)} will not send it"
    options = [] if unsent.kind == "email" else ["--give-up"]
    mend = remedies.mend("message", unsent.key, *options)
    return Finding("message that no run will send", f"{unsent.kind} {unsent.key}", amount, mend)
