"""Who votes for whom in one request: delegations, absences with their substitutes, and who puts it off for a while.

An approver of a level has a seat on it. They hold it themselves; so does whom they delegated it to, and, while one who
holds it is absent, that person's substitute. The requester holds none: they are no approver, no delegate and no
substitute of their own request.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Delegation:
    """``to`` may vote for ``of``, until a moment or without an end."""

    of: str
    to: str
    since: datetime
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Absence:
    """Somebody is away until a moment, if that is known, and whoever stands in for them."""

    until: datetime | None = None
    substitute: str | None = None


@dataclass(frozen=True)
class Holder:
    """One who may vote on the seat of ``of``: its owner, their delegate, or a substitute."""

    person: str
    of: str
    by: Literal["owner", "delegate", "substitute"]
    until: datetime | None = None


@dataclass
class Roster:
    """What is known of the people of one request."""

    requester: str
    delegations: list[Delegation] = field(default_factory=list)
    absences: dict[str, Absence] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    """People whom the directory does not know any more."""
    snoozed: dict[str, datetime] = field(default_factory=dict)
    """Until when somebody does not want to be waited for."""
    managers: dict[str, str | None] = field(default_factory=dict)
    """The managers of those who have a seat, as the directory said last."""

    def absence_of(self, person: str, now: datetime) -> Absence | None:
        """Return the absence of a person who is away now."""
        absence = self.absences.get(person)
        return absence if absence is not None and _in_force(absence, now) else None

    def is_here(self, person: str, now: datetime) -> bool:
        """Return whether a person is neither away nor gone."""
        return person not in self.gone and self.absence_of(person, now) is None

    def delegation_of(self, person: str, now: datetime) -> Delegation | None:
        """Return the delegation by a person that is in force."""
        return next((each for each in self.delegations if each.of == person and _in_force(each, now)), None)

    def holders(self, owner: str, now: datetime) -> list[Holder]:
        """Return who may vote on the seat of ``owner`` now, the owner first. Nobody if the owner is gone."""
        if owner in self.gone:
            return []
        found = [Holder(owner, owner, "owner")]
        delegation = self.delegation_of(owner, now)
        if delegation is not None and self._may_hold(delegation.to, found):
            found.append(Holder(delegation.to, owner, "delegate", delegation.until))
        for holder in found:  # it grows: substitutes may be away, too
            absence = self.absence_of(holder.person, now)
            if absence is not None and absence.substitute and self._may_hold(absence.substitute, found):
                found.append(Holder(absence.substitute, owner, "substitute", absence.until))
        return found

    def delegate(self, delegation: Delegation) -> None:
        """Add a delegation, instead of the one that its person has made before."""
        self.delegations = [each for each in self.delegations if each.of != delegation.of] + [delegation]

    def leads_to(self, person: str, target: str, now: datetime) -> list[str]:
        """Return the people from ``person`` along delegations to ``target``; empty if they do not lead there."""
        path = [person]
        while path[-1] != target:
            step = self.delegation_of(path[-1], now)
            if step is None or step.to in path:
                return []
            path.append(step.to)
        return path

    @property
    def next_end(self) -> datetime | None:
        """When the next delegation, absence or snooze ends."""
        ends = [*(each.until for each in self.delegations), *(each.until for each in self.absences.values())]
        return min([*(end for end in ends if end is not None), *self.snoozed.values()], default=None)

    def end(self, now: datetime) -> list[str]:
        """Forget what has ended by now, and return it in words."""
        over = [each for each in self.delegations if not _in_force(each, now)]
        back = [person for person, absence in self.absences.items() if not _in_force(absence, now)]
        self.delegations = [each for each in self.delegations if each not in over]
        self.absences = {person: each for person, each in self.absences.items() if person not in back}
        self.snoozed = {person: until for person, until in self.snoozed.items() if until > now}
        return [f"{each.of}'s delegation to {each.to} has ended" for each in over] + [
            f"{each} is back" for each in back
        ]

    def _may_hold(self, person: str, found: list[Holder]) -> bool:
        return person != self.requester and person not in self.gone and all(each.person != person for each in found)


def _in_force(entry: Delegation | Absence, now: datetime) -> bool:
    return entry.until is None or entry.until > now
