"""Resolves the levels of a request to people: applies the policy, expands names, leaves the requester out."""

from collections.abc import Iterable

from workflows.approvals.due import parse_due
from workflows.approvals.level_models import Level, LevelRule, ResolvedChain, ResolvedLevel
from workflows.approvals.models import ApprovalRequest, Refusals
from workflows.approvals.people.names import GROUP, manager_steps
from workflows.approvals.policy.matching import find_rule, levels_always
from workflows.approvals.policy.models import Policy, Rule
from workflows.approvals.ports import Directory
from workflows.approvals.wording import count_of
from workflows.shared.nearest import did_you_mean
from workflows.shared.refusals import Refusal

EMPTY_DIRECTORY = "the company's directory is empty; fill it with uv run tconsole people add or people import"

MAX_PEOPLE = 200
"""In all levels of one chain: each may vote once, and each vote takes some events of the history."""
MAX_LIKE = 10_000
"""People among whom a near miss is looked for."""


async def resolve_chain(request: ApprovalRequest, directory: Directory, policy: Policy) -> ResolvedChain:
    """Return the request's chain, without the requester: nobody decides their own request.

    Raises ``InvalidRequest`` when no rule matches, somebody is unknown or a level could never pass.
    """
    requester = await directory.person(request.requester)
    if requester is None:
        everybody = await directory.people(MAX_LIKE)
        hint = did_you_mean(request.requester, everybody) if everybody else f": {EMPTY_DIRECTORY}"
        raise _invalid(f"unknown requester {request.requester}{hint}", "requester")
    if request.levels and not policy.own_levels:
        words = "the company's policy decides the levels, and lets no request bring its own; leave levels out"
        raise _invalid(words, "levels")
    number = None if request.levels else find_rule(policy, request)
    rule = None if number is None else policy.rule[number]
    resolver = LevelResolver(request.requester, directory, own_levels=rule is None)
    try:
        always = [await _of_company(request, directory).level(each) for each in levels_always(policy, request)]
        return await _chain(resolver, request.levels or [], always, policy, number, rule)
    except LevelError as error:
        raise _invalid(str(error)) from None


def _of_company(request: ApprovalRequest, directory: Directory) -> "LevelResolver":
    return LevelResolver(request.requester, directory, own_levels=False)


async def _chain(
    resolver: "LevelResolver",
    own: list[Level],
    always: list[ResolvedLevel],
    policy: Policy,
    number: int | None,
    rule: Rule | None,
) -> ResolvedChain:
    levels = [await resolver.level(level) for level in (rule.level if rule else own)]
    chain = ResolvedChain(
        levels=[*levels, *always],
        rule=None if number is None or rule is None else rule.name or f"rule {number + 1}",
        may_reassign=await resolver.members(policy.may_reassign, "person who may reassign,", "the policy"),
        expires_after_seconds=parse_due(rule.expires_after).seconds if rule and rule.expires_after else None,
    )
    people = sum(len({*level.approvers, *level.escalate_to, *level.fallback}) for level in chain.levels)
    if people > MAX_PEOPLE:
        raise LevelError(f"the chain has {people} people in its levels; {MAX_PEOPLE} at most")
    managers = {person: await resolver.manager(person) for level in chain.levels for person in level.approvers}
    return chain.model_copy(update={"managers": managers})


class LevelError(Exception):
    """A level cannot be decided. The text is one line for people."""

    def __init__(self, words: str, cause: str = "") -> None:
        super().__init__(words)
        self.cause = cause or words
        """The same for every requester whom it concerns."""


class LevelResolver:
    """Resolves levels for one requester."""

    def __init__(self, requester: str, directory: Directory, *, own_levels: bool) -> None:
        self._requester = requester
        self._own_levels = own_levels
        self._directory = directory
        self._missing: list[str] = []
        """Managers that there are not, in words."""

    async def level(self, level: Level) -> ResolvedLevel:
        """Return a level with its people. Raises `LevelError` when it could never pass."""
        where = f"level {level.name}"
        named = await self.members(level.approvers, "approver", where)
        fallback = await self._fallback(level, where, needed=not named)
        approvers = named or fallback
        if not approvers:
            raise self._nobody(level, level.approvers, "left to approve it")
        escalate_to = await self.members(level.escalate_to, "person to escalate to,", where) or fallback
        if level.on_timeout == "escalate" and not escalate_to:
            raise self._nobody(level, level.escalate_to, "to escalate to")
        _check_size(level, level.rejection, approvers, "reject")
        due = level.time_limit
        return ResolvedLevel(
            name=level.name,
            rule=LevelRule.model_validate(level.rule.model_dump()),
            approvers=approvers,
            needed=_check_size(level, level.rule, approvers, "approval"),
            rejection=LevelRule.model_validate(level.rejection.model_dump()),
            parallel=level.parallel,
            due_seconds=due.seconds if due else None,
            due=due,
            on_timeout=level.on_timeout,
            escalate_to=escalate_to if level.escalate_to else [],
            fallback=fallback,
            fell_back=not named,
            console_only=level.console_only,
            same_person=level.same_person,
        )

    async def _fallback(self, level: Level, where: str, *, needed: bool) -> list[str]:
        """Return who decides when none of the approvers is left.

        While the policy's is not needed, nobody is refused because it names a group that nobody is in yet.
        """
        try:
            return await self.members(level.fallback, "person to fall back on,", where)
        except LevelError as error:
            if needed and self._missing:
                raise LevelError(f"{self._missing[-1]} has no manager, and there is an {error}") from None
            if needed or self._own_levels:
                raise
            return []

    async def members(self, names: Iterable[str], role: str, where: str) -> list[str]:
        """Return the people of some names, each once and in order, without the requester."""
        people: dict[str, None] = {}
        for name in names:
            people.update(dict.fromkeys(await self._members(name, role, where)))
        people.pop(self._requester, None)
        return list(people)

    async def manager(self, person_id: str) -> str | None:
        """Return the manager of a person, None if there is none."""
        person = await self._directory.person(person_id)
        return None if person is None else person.manager

    async def _members(self, name: str, role: str, where: str) -> list[str]:
        if steps := manager_steps(name):
            return await self._manager(steps)
        if name.startswith(GROUP):
            group = name.removeprefix(GROUP)
            members = await self._directory.members(group)
            if not members:
                hint = "" if self._own_levels else f"; uv run tconsole people add ID --group {group} makes it"
                raise LevelError(f"unknown group {group!r} on {where}{hint}")
            return members
        if await self._directory.person(name) is None:
            meant = did_you_mean(name, await self._directory.people(MAX_LIKE))
            raise LevelError(f"unknown {role} {name} on {where}{meant}")
        return [name]

    async def _manager(self, steps: int) -> list[str]:
        """Return the requester's manager, or the manager's manager, and so on; nobody where there is none."""
        at = self._requester
        for _ in range(steps):
            person = await self._directory.person(at)
            if person is None or person.manager is None:
                self._missing.append(at)
                return []
            at = person.manager
        return [at]

    def _nobody(self, level: Level, names: list[str], purpose: str) -> LevelError:
        """Return that a level has nobody for its purpose, and why."""
        if self._missing and all(manager_steps(name) for name in names):
            who = self._missing[-1]
            words = f"level {level.name} has nobody {purpose}: {who} has no manager"
            return LevelError(words, f"level {level.name} has nobody {purpose}: a manager is missing")
        words = f"level {level.name} has nobody {purpose} without the requester"
        return LevelError(f"{words} {self._requester}", words)


def _check_size(level: Level, rule: LevelRule, approvers: list[str], noun: str) -> int:
    """Return how many it takes. Raises `LevelError` when there are not so many."""
    needed = rule.needed(len(approvers))
    if needed > len(approvers):
        wanted, present = count_of(needed, noun), count_of(len(approvers), "approver")
        raise LevelError(f"level {level.name} asks for {wanted} but has {present}")
    return needed


def _invalid(message: str, field: str = "") -> Exception:
    return Refusal(Refusals.INVALID_REQUEST, message, field).error
