"""The company's approval policy, from its file."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from workers.store.directory import all_people
from workers.store.engine import Store
from workflows.approvals.people.calendars import NO_CALENDARS
from workflows.approvals.policy.calendars import CalendarTable
from workflows.approvals.policy.check import check_people, check_rules
from workflows.approvals.policy.reading import PolicyError, PolicyFile, read_file, sample_policy
from workflows.approvals.ports import Person
from workflows.shared.toml_problems import Problem

logger = logging.getLogger(__name__)


class FilePolicies:
    """The port `Policies`. The file is read each time, since whoever changes it restarts nothing."""

    def __init__(self, file: Path | None) -> None:
        """Without a file it is the sample policy."""
        self.file = file

    async def read(self) -> PolicyFile:
        """Return the policy as it is now. Raises `PolicyError` while it cannot be used."""
        return await asyncio.to_thread(self.read_now)

    def read_now(self) -> PolicyFile:
        """Do the same, and block meanwhile."""
        return sample_policy() if self.file is None else read_file(self.file)


class KnownCalendars:
    """The policy's working calendars as they could be read last, for digests; deadlines wait for the right policy."""

    def __init__(self, policies: FilePolicies) -> None:
        self._policies = policies
        self._latest: Mapping[str, CalendarTable] = NO_CALENDARS

    async def read(self) -> Mapping[str, CalendarTable]:
        """Return them as they are now, or as they were before the file was wrong."""
        with suppress(PolicyError):
            self._latest = (await self._policies.read()).policy.calendar
        return self._latest


def problems_of(file: PolicyFile, everybody: Sequence[Person], today: date) -> list[Problem]:
    """Return all that is wrong with a policy in a company of these people; names are not looked up among nobody."""
    return [*check_rules(file, today), *(check_people(file, everybody) if everybody else [])]


async def report_policy(policies: FilePolicies, store: Store) -> None:
    """Write into the log what is wrong with the policy, one line for each problem."""
    try:
        file = await policies.read()
    except PolicyError as error:
        lines = error.lines
    else:
        everybody = await store.read(all_people)
        problems = await asyncio.to_thread(problems_of, file, everybody, datetime.now(UTC).date())
        lines = PolicyError(file.name, problems).lines
    for line in lines:
        logger.warning("approval policy: %s", line)
