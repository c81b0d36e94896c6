"""What ``tconsole journal`` and ``tconsole report`` say."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from console.forms.parsing import parse_duration
from console.journal import NAME
from console.journal.book import Journal, Question
from console.journal.files import to_json, to_json_lines, to_text
from console.start.state import LaunchError
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.embedded import demo_folder

Output = Literal["text", "json", "jsonl"]


class WrongTimeError(ValueError):
    """A text is no time. It says what would be right, for people."""


def since_when(text: str | None, now: datetime) -> datetime | None:
    """Return the time that is a span such as ``24h`` ago, or of a date, in the local zone unless it names one.

    Raises:
        WrongTimeError: it is neither.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        return now - timedelta(seconds=parse_duration(text.strip()))
    except (ValueError, OverflowError):
        raise WrongTimeError(f"{text}: write a time such as 24h, 7 days, or 2025-01-31 14:30") from None


def open_journal(data_dir: Path, *, demo: bool) -> Journal:
    """Return the journal of a data folder, or of the demo in it."""
    return Journal((demo_folder(data_dir) if demo else data_dir) / NAME)


def listed(data_dir: Path, *, demo: bool, output: Output, since: str | None, who: str, find: str) -> Sequence[str]:
    """Return the lines of the entries that are asked for, newest first.

    Raises:
        WrongTimeError: ``since`` is no time.
        JournalError: the journal cannot be read.
    """
    question = Question(find, who, since_when(since, datetime.now(UTC)))
    entries = open_journal(data_dir, demo=demo).read(question)
    match output:
        case "json":
            return [to_json(entries)]
        case "jsonl":
            return to_json_lines(entries)
        case _:
            return to_text(entries)


def handed_over(
    settings: ConsoleSettings, operator: str, since: str | None, who: str, *, demo: bool
) -> tuple[str, LaunchError | None]:
    """Return the hand-over report, and why it lacks what waits if the server cannot be asked.

    Raises:
        WrongTimeError: ``since`` is no time.
        JournalError: the journal cannot be read.
    """
    from console.inbox.command import read_now  # it takes Temporal's client, which the journal alone does not need
    from console.journal.report import report

    now = datetime.now(UTC)
    begin = since_when(since, now)
    entries = open_journal(settings.data_dir, demo=demo).read(Question(who=who, since=begin))
    try:
        return report(entries, read_now(settings, operator, demo=demo), operator, begin, now), None
    except LaunchError as error:
        return report(entries, str(error), operator, begin, now), error
