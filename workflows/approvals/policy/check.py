"""What is wrong with a policy that can be read: by itself, and in the company that it is for."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from workflows.approvals.people.names import GROUP, manager_steps
from workflows.approvals.people.resolve import LevelError, LevelResolver
from workflows.approvals.policy.coverage import Coverage
from workflows.approvals.policy.models import Policy, PolicyLevel
from workflows.approvals.policy.rates import NoRateError
from workflows.approvals.policy.reading import PolicyFile
from workflows.approvals.ports import Person
from workflows.approvals.wording import both
from workflows.shared.codes import COUNTRIES
from workflows.shared.nearest import did_you_mean
from workflows.shared.toml_lines import Path
from workflows.shared.toml_problems import Problem

ROLES = {"approvers": "approver", "escalate_to": "person to escalate to,", "fallback": "person to fall back on,"}


def check_rules(file: PolicyFile, today: date) -> list[Problem]:
    """Return what is wrong with its rules and rates, whoever is in the company."""
    policy = file.policy
    problems = []
    if policy.rates is not None and policy.rates.date > today:
        problems.append(
            Problem(file.line("rates", "date"), f"date: the rates are of {policy.rates.date}, a day to come")
        )
    try:
        coverage = Coverage(policy)
    except NoRateError as error:
        return [*problems, _no_rate(file, str(error))]
    for number in range(len(policy.rule)):
        if before := coverage.never_reached(number):
            words = f"rule {number + 1} is never reached: {_rules(file, before)} everything that it matches"
            problems.append(Problem(file.line("rule", number), words))
            continue
        for earlier in range(number):
            if policy.rule[earlier].level == policy.rule[number].level:
                continue
            if box := coverage.overlap(earlier, number):
                words = (
                    f"rule {number + 1} overlaps rule {earlier + 1} (line {file.line('rule', earlier)}):"
                    f" {coverage.example(box)} matches both, and rule {earlier + 1} decides;"
                    " put a rule for what both match before them"
                )
                problems.append(Problem(file.line("rule", number), words))
    return problems


def check_people(file: PolicyFile, everybody: Sequence[Person]) -> list[Problem]:
    """Return what is wrong with its levels in a company of these people. Not for a thread with a running loop."""
    company = Company(everybody)
    undecided = asyncio.run(_undecided(file, company))
    return sorted([*_unknown(file, company), *_cycles(file, company), *_no_calendars(file, company), *undecided])


class Company:
    """A directory of people that are known already."""

    def __init__(self, everybody: Iterable[Person]) -> None:
        self.by_id = {person.person_id: person for person in everybody}
        groups: dict[str, list[str]] = defaultdict(list)
        for person in self.by_id.values():
            for group in person.groups:
                groups[group].append(person.person_id)
        self.groups: Mapping[str, list[str]] = dict(groups)

    async def person(self, person_id: str) -> Person | None:
        """Return the person, or None when nobody has that ID."""
        return self.by_id.get(person_id)

    async def people(self, limit: int) -> list[str]:
        """Return the IDs of the first people."""
        return sorted(self.by_id)[:limit]

    async def members(self, group: str) -> list[str]:
        """Return the members of a group."""
        return self.groups.get(group, [])


def _rules(file: PolicyFile, numbers: Sequence[int]) -> str:
    names = [f"rule {number + 1} (line {file.line('rule', number)})" for number in numbers]
    return f"{both(names)} {'matches' if len(names) == 1 else 'match'}"


def _no_rate(file: PolicyFile, currency: str) -> Problem:
    for number, rule in enumerate(file.policy.rule):
        for key, limit in rule.limits:
            if limit.currency == currency:
                words = f"{key}: [rates] has no rate for {currency}, and other rules have limits in other currencies"
                return Problem(file.line("rule", number, key), words)
    raise AssertionError(currency)


def _levels(policy: Policy) -> Iterator[tuple[Path, PolicyLevel]]:
    for number, rule in enumerate(policy.rule):
        for index, level in enumerate(rule.level):
            yield ("rule", number, "level", index), level
    for number, floor in enumerate(policy.always):
        yield ("always", number, "level"), floor.level


def _unknown(file: PolicyFile, company: Company) -> Iterator[Problem]:
    """Yield the names that are nobody's."""
    named: list[tuple[Path, str, list[str]]] = [
        (("may_reassign",), "person who may reassign,", file.policy.may_reassign)
    ]
    for path, level in _levels(file.policy):
        named += [((*path, key), role, getattr(level, key)) for key, role in ROLES.items()]
    for path, role, names in named:
        for index, name in enumerate(names):
            if not _is_unknown(name, company):
                continue
            words = f"unknown {role} {name}{did_you_mean(name, company.by_id)}"
            if name.startswith(GROUP):
                group = name.removeprefix(GROUP)
                words = f"unknown group {group!r}{did_you_mean(group, company.groups)}"
            yield Problem(file.line(*path, index), f"{path[-1]}: {words}")


def _no_calendars(file: PolicyFile, company: Company) -> Iterator[Problem]:
    """Yield the calendars of people that are nobody's: without a table they would work the default hours."""
    names = defaultdict(list)
    for person in company.by_id.values():
        if person.calendar is not None:
            names[person.calendar].append(person.person_id)
    for name, people in names.items():
        if name not in file.policy.calendar and name.partition("-")[0] not in COUNTRIES:
            words = f"[calendar.{name}] is missing, and is the calendar of {both(people)}"
            yield Problem(file.line("calendar"), f"{words}{did_you_mean(name, file.policy.calendar)}")


def _is_unknown(name: str, company: Company) -> bool:
    if name.startswith(GROUP):
        return name.removeprefix(GROUP) not in company.groups
    return not manager_steps(name) and name not in company.by_id


async def _undecided(file: PolicyFile, company: Company) -> list[Problem]:
    """Return the levels that could not be decided, by the requester whose request it would be."""
    problems = []
    for path, level in _levels(file.policy):
        if any(_is_unknown(name, company) for key in ROLES for name in getattr(level, key)):
            continue
        causes: dict[str, list[str]] = defaultdict(list)
        for requester in company.by_id:
            try:
                await LevelResolver(requester, company, own_levels=False).level(level)
            except LevelError as error:
                causes[error.cause].append(requester)
        for cause, requesters in causes.items():
            whose = "" if len(requesters) == len(company.by_id) else f", when {_any_of(requesters)} makes the request"
            remedy = "" if level.fallback else "; give it a fallback"
            words = f"{cause}{whose}{remedy if 'nobody' in cause else ''}"
            problems.append(Problem(file.line(*path), words))
    return problems


def _any_of(people: Sequence[str]) -> str:
    return people[0] if len(people) == 1 else f"any of {both(people)}"


def _cycles(file: PolicyFile, company: Company) -> Iterator[Problem]:
    """Yield the people who report to themselves in the end, where the policy asks managers."""
    first = next(
        (
            (*path, key, index)
            for path, level in _levels(file.policy)
            for key in ROLES
            for index, name in enumerate(getattr(level, key))
            if manager_steps(name)
        ),
        None,
    )
    if first is None:
        return
    seen: set[str] = set()
    for start in company.by_id:
        trail: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in seen:
            seen.add(at)
            trail[at] = None
            person = company.by_id.get(at)
            at = person.manager if person else None
        if at in trail:
            cycle = list(trail)[list(trail).index(at) :]
            words = " reports to ".join([*cycle, at])
            yield Problem(file.line(*first), f"managers in a circle: {words}; correct the directory")
