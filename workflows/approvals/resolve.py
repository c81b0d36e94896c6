"""Resolves the levels of a request to people: applies the policy, expands groups, leaves the requester out."""

from collections.abc import Iterable

from workflows.approvals.level_models import Level, LevelRule, ResolvedChain, ResolvedLevel
from workflows.approvals.models import ApprovalRequest, Refusals
from workflows.approvals.policy import GROUP, policy_levels
from workflows.approvals.ports import Directory
from workflows.approvals.wording import count_of
from workflows.shared.refusals import Refusal

EMPTY_DIRECTORY = "the company's directory is empty; fill it with tconsole people add or tconsole people import"

MAX_PEOPLE = 200
"""In all levels of one chain: each may vote once, and each vote takes some events of the history."""


async def resolve_chain(request: ApprovalRequest, directory: Directory) -> ResolvedChain:
    """Return the request's chain, without the requester: nobody decides their own request.

    Raises ``InvalidRequest`` when somebody is unknown or a level could never pass.
    """
    requester = await directory.person(request.requester)
    if requester is None:
        empty = "" if await directory.people(1) else f": {EMPTY_DIRECTORY}"
        raise _invalid(f"unknown requester {request.requester}{empty}", "requester")
    levels = request.levels or policy_levels(request, requester.manager)
    resolver = _Resolver(request.requester, directory, own_levels=bool(request.levels))
    chain = ResolvedChain(levels=[await resolver.level(level) for level in levels])
    people = sum(len({*level.approvers, *level.escalate_to, *level.fallback}) for level in chain.levels)
    if people > MAX_PEOPLE:
        raise _invalid(f"the chain has {people} people in its levels; {MAX_PEOPLE} at most")
    return chain


class _Resolver:
    """Resolves levels for one requester."""

    def __init__(self, requester: str, directory: Directory, *, own_levels: bool) -> None:
        self._requester = requester
        self._own_levels = own_levels
        self._directory = directory

    async def level(self, level: Level) -> ResolvedLevel:
        approvers = await self._people(level, level.approvers, "approver")
        fallback = await self._people(level, level.fallback, "person to fall back on,")
        fell_back = not approvers
        approvers = approvers or fallback
        if not approvers:
            raise _invalid(f"level {level.name} has nobody left to approve it without the requester {self._requester}")
        escalate_to = await self._people(level, level.escalate_to, "person to escalate to,")
        if level.on_timeout == "escalate" and not escalate_to:
            raise _invalid(f"level {level.name} has nobody to escalate to without the requester {self._requester}")
        _check_size(level, level.rejection, approvers, "reject")
        due = level.time_limit
        return ResolvedLevel(
            name=level.name,
            rule=level.rule,
            approvers=approvers,
            needed=_check_size(level, level.rule, approvers, "approval"),
            rejection=level.rejection,
            parallel=level.parallel,
            due_seconds=due.seconds if due else None,
            due=due,
            on_timeout=level.on_timeout,
            escalate_to=escalate_to,
            fallback=fallback,
            fell_back=fell_back,
            console_only=level.console_only,
            same_person=level.same_person,
        )

    async def _people(self, level: Level, named: Iterable[str], role: str) -> list[str]:
        """Return the people, each once and in order, without the requester."""
        people: dict[str, None] = {}
        for name in named:
            people.update(dict.fromkeys(await self._members(level, name, role)))
        people.pop(self._requester, None)
        return list(people)

    async def _members(self, level: Level, name: str, role: str) -> list[str]:
        if name.startswith(GROUP):
            group = name.removeprefix(GROUP)
            members = await self._directory.members(group)
            if not members:
                hint = "" if self._own_levels else f"; tconsole people add ID --group {group} makes it"
                raise _invalid(f"unknown group {group!r} on level {level.name}{hint}")
            return members
        if await self._directory.person(name) is None:
            raise _invalid(f"unknown {role} {name} on level {level.name}")
        return [name]


def _check_size(level: Level, rule: LevelRule, approvers: list[str], noun: str) -> int:
    """Return how many it takes. Raises ``InvalidRequest`` when there are not so many."""
    needed = rule.needed(len(approvers))
    if needed > len(approvers):
        wanted, present = count_of(needed, noun), count_of(len(approvers), "approver")
        raise _invalid(f"level {level.name} asks for {wanted} but has {present}")
    return needed


def _invalid(message: str, field: str = "") -> Exception:
    return Refusal(Refusals.INVALID_REQUEST, message, field).error
