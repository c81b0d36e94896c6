"""Writes the hand-over report of the last shift from the running console."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.exports import EXPORTS
from console.gateway.gateway import Gateway
from console.inbox.reader import InboxReader, InboxSnapshot
from console.journal.book import JournalError, Question
from console.journal.command import since_when
from console.journal.report import DEFAULT_SHIFT, report
from console.private_file import write_private
from console.systems.system import ConsoleSystem
from workflows.shared.errors import CallError


async def hand_over(gateway: Gateway, systems: Sequence[ConsoleSystem[Any, Any]], data_dir: Path) -> str:
    """Write the report to a file of the data folder; return one line that says where it is, or why it is not."""
    now = datetime.now(UTC)
    since = since_when(DEFAULT_SHIFT, now)
    path = data_dir / EXPORTS / f"hand-over-{now.astimezone():%Y%m%d-%H%M%S}.md"
    inbox = await _inbox(gateway, systems)
    try:
        entries = await asyncio.to_thread(gateway.journal.read, Question(since=since))
        await asyncio.to_thread(write_private, path, report(entries, inbox, gateway.operator, since, now))
    except JournalError as error:
        return f"hand-over report: {error}"
    except OSError as error:
        return f"hand-over report: {path} cannot be written: {error.strerror or error}"
    return f"hand-over report of the last {DEFAULT_SHIFT}: {path}"


async def _inbox(gateway: Gateway, systems: Sequence[ConsoleSystem[Any, Any]]) -> InboxSnapshot | str:
    try:
        return await InboxReader(gateway, systems).read_all()
    except CallError as error:
        return str(error)
