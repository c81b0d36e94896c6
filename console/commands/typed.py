"""What is typed on the command line: which command it names, and what may follow."""

from collections.abc import Callable, Iterable, Sequence

from console.commands.entries import Entry
from workflows.shared.nearest import did_you_mean

MAX_KEPT = 100
"""Typed commands that are remembered."""


class UnknownCommandError(ValueError):
    """The text names no command. The message is for people."""


def resolve(text: str, entries: Iterable[Entry]) -> Callable[[], object]:
    """Return what a typed ``text`` does.

    Raises:
        UnknownCommandError: it names no command.
    """
    typed = " ".join(text.split())
    known = {entry.word: entry for entry in entries if entry.word}
    entry = known.get(typed.casefold()) or known.get(typed)
    if entry is not None:
        return entry.run
    word, _, argument = text.strip().partition(" ")
    entry = known.get(word.casefold())
    if entry is not None and entry.takes is not None:
        run, value = entry.takes.run, argument.strip()
        return lambda: run(value)
    if entry is not None:
        raise UnknownCommandError(f"{word} takes nothing behind it")
    raise UnknownCommandError(f"there is no command {typed!r}{did_you_mean(typed, known)}")


def proposals(text: str, entries: Sequence[Entry]) -> list[str]:
    """Return the whole texts that may be meant: those that begin with it, then those that hold it."""
    typed = text.lstrip().casefold()
    word, blank, begun = typed.partition(" ")
    taking = next((entry.takes for entry in entries if entry.takes and entry.word == word), None) if blank else None
    if taking is not None:
        return [f"{word} {value}" for value in taking.proposals if value.casefold().startswith(begun)]
    words = [entry.word for entry in entries if entry.word]
    begin = [each for each in words if each.casefold().startswith(typed)]
    return begin + [each for each in words if typed in each.casefold() and each not in begin]


def explained(text: str, entries: Iterable[Entry]) -> str:
    """Return what the command that is typed so far does."""
    typed = " ".join(text.split()).casefold()
    entry = next((entry for entry in entries if entry.word and typed in {entry.word, entry.word.casefold()}), None)
    if entry is None:
        entry = next((one for one in entries if one.takes and typed.startswith(f"{one.word} ")), None)
    if entry is None:
        return ""
    return f"{entry.takes.name}: {entry.help}" if entry.takes else entry.help


def remember(typed: list[str], text: str) -> None:
    """Keep a typed text as the latest, once."""
    if text in typed:
        typed.remove(text)
    typed.append(text)
    del typed[:-MAX_KEPT]
