"""The file of the journal: SQLite, which several consoles write at once, and which a crash leaves whole."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.journal.entry import NAMES, SEARCHED, Act, Entry, Outcome
from console.journal.secrets import without_secrets

if TYPE_CHECKING:
    from sqlite3 import Connection

BUSY_SECONDS = 5.0
"""How long a write waits for those of other consoles."""

MAX_TEXT = 2_000
"""Characters of a reason or an answer that are kept."""

TABLE = """
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, who TEXT NOT NULL, acting_as TEXT NOT NULL, login TEXT NOT NULL,
    server TEXT NOT NULL, namespace TEXT NOT NULL,
    action TEXT NOT NULL, title TEXT NOT NULL, noun TEXT NOT NULL, target TEXT NOT NULL, workflow_id TEXT NOT NULL,
    reason TEXT NOT NULL, call_id TEXT NOT NULL,
    outcome TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', answered_at TEXT, event_id INTEGER, event_at TEXT
)
"""
MOMENTS = ("at", "answered_at", "event_at")


class JournalError(Exception):
    """The journal cannot be read or written. The text is one line for people."""


@dataclass(frozen=True)
class Question:
    """Which entries to read, newest first: all whose fields hold ``text``, of ``who`` if given, since a time."""

    text: str = ""
    who: str = ""
    since: datetime | None = None
    limit: int | None = None


@dataclass
class _Write:
    """A change that waits for the file."""

    statement: str
    values: Mapping[str, object] | Sequence[object]
    done: bool = False
    row: int = 0
    error: JournalError | None = None


class Journal:
    """Writes and reads the journal in the file ``path``; without one it is kept in memory.

    Each write is on the disk when the method returns. All methods raise ``JournalError``; they block for some
    milliseconds, and may be called from any thread.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._waiting: deque[_Write] = deque()
        self._connection: Connection | None = None

    def sent(self, act: Act) -> int:
        """Write what is about to be done, and return the number of its entry."""
        values = {name: _written(getattr(act, name)) for name in NAMES if hasattr(act, name)}
        values |= {"reason": _kept(act.reason), "outcome": Outcome.SENT}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        return self._write(f"INSERT INTO entry ({names}) VALUES ({marks})", values)  # noqa: S608

    def answered(self, number: int, outcome: Outcome, answer: str, at: datetime) -> None:
        """Write the answer to an entry."""
        self._write(
            "UPDATE entry SET outcome = ?, answer = ?, answered_at = ? WHERE number = ?",
            (outcome, _kept(answer), _written(at), number),
        )

    def happened(self, number: int, event_id: int, at: datetime) -> None:
        """Write which event of the history an entry made."""
        self._write("UPDATE entry SET event_id = ?, event_at = ? WHERE number = ?", (event_id, _written(at), number))

    def read(self, question: Question) -> list[Entry]:
        """Return the entries that are asked for, newest first."""
        if self.path is not None and not self.path.exists():
            return []
        conditions, values = ["1"], list[object]()
        if question.who:
            conditions.append("? IN (who, acting_as, login)")
            values.append(question.who)
        if question.since is not None:
            conditions.append("at >= ?")
            values.append(_written(question.since))
        for word in question.text.casefold().split():
            conditions.append(f"holds(?, {', '.join(SEARCHED)})")
            values.append(word)
        limit = -1 if question.limit is None else question.limit
        query = f"SELECT {', '.join(NAMES)} FROM entry WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ?"  # noqa: S608 - no text from outside is in it
        with self._open() as connection:
            rows = connection.execute(query, (*values, limit)).fetchall()
        now = datetime.now(UTC)
        return [_entry(dict(zip(NAMES, row, strict=True))).known_at(now) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _write(self, statement: str, values: Mapping[str, object] | Sequence[object]) -> int:
        """Make one change, with all that other threads wait to make, so that one commit serves them; return its row."""
        write = _Write(statement, values)
        self._waiting.append(write)
        with self._lock:
            if not write.done:  # else another thread has made it, which had the lock before
                together = [self._waiting.popleft() for _ in range(len(self._waiting))]
                try:
                    with self._transaction() as connection:
                        for each in together:
                            each.row = connection.execute(each.statement, each.values).lastrowid or 0
                except JournalError as error:
                    for each in together:
                        each.error = error
                for each in together:
                    each.done = True
        if write.error is not None:
            raise JournalError(str(write.error)) from write.error
        return write.row

    @contextmanager
    def _open(self) -> Iterator["Connection"]:
        with self._lock, self._transaction() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator["Connection"]:
        """Open the file if need be, and commit what the block does. Raises ``JournalError``."""
        import sqlite3  # it takes some milliseconds, and a console that does nothing needs it not

        try:
            if self._connection is None:
                self._connection = _connect(sqlite3.connect, self.path)
            with self._connection as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise JournalError(f"the journal {self.path}: {error}") from error


def _connect(connect: "Callable[..., Connection]", path: Path | None) -> "Connection":
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    connection = connect(path or ":memory:", timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was sent must be known after a power cut, too
    connection.execute(TABLE)
    connection.create_function("holds", -1, _holds, deterministic=True)
    return connection


def _holds(word: str, *texts: str) -> bool:
    return any(word in text.casefold() for text in texts)


def _kept(text: str) -> str:
    """Return a text without secrets, as much of it as is kept, and without lone surrogates, which UTF-8 lacks."""
    kept = without_secrets(text)
    kept = kept if len(kept) <= MAX_TEXT else f"{kept[: MAX_TEXT - 1]}…"
    return kept.encode("utf-8", "replace").decode("utf-8")


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")  # of one width, so that texts compare as times
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _entry(row: dict[str, Any]) -> Entry:
    for name in MOMENTS:
        row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    return Entry(**{**row, "outcome": Outcome(row["outcome"])})
