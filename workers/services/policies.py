"""The company's approval policy, from its file."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

from workers.store.directory import all_people
from workers.store.engine import Store
from workflows.approvals.policy.check import check_people, check_rules
from workflows.approvals.policy.reading import PolicyError, PolicyFile, read_file, sample_policy

logger = logging.getLogger(__name__)


class FilePolicies:
    """The port `Policies`. The file is read each time, since whoever changes it restarts nothing."""

    def __init__(self, file: Path | None) -> None:
        """Without a file it is the sample policy."""
        self.file = file

    async def read(self) -> PolicyFile:
        """Return the policy as it is now. Raises `PolicyError` while it cannot be used."""
        return sample_policy() if self.file is None else await asyncio.to_thread(read_file, self.file)


async def check_policy(policies: FilePolicies, store: Store) -> None:
    """Raise `PolicyError` with all that is wrong with the policy in this company.

    While nobody is in the directory, names are not looked up.
    """
    file = await policies.read()
    everybody = await store.read(all_people)
    problems = check_rules(file, datetime.now(UTC).date())
    if everybody:
        problems += await check_people(file, everybody)
    if problems:
        raise PolicyError(file.name, problems)


async def report_policy(policies: FilePolicies, store: Store) -> None:
    """Write into the log what is wrong with the policy, one line for each problem."""
    try:
        await check_policy(policies, store)
    except PolicyError as error:
        for line in error.lines:
            logger.warning("approval policy: %s", line)
