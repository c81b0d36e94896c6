"""The filter: what the operator typed, split into filters of the server and words to find in the rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from console.design.text import plain
from console.gateway.query import ATTENTION, ServerFilter
from console.gateway.rows import Row
from console.search import list_filter
from workflows.shared.list_filter import searchable

HELP = "words to find · id:ORD-2025 · owner:CUST-ADA · for:ben · where: BizAmount > 10000"

TERM = re.compile(
    r'"(?P<quoted>[^"]*)"?|(?P<prefix>[A-Za-z_-]+):(?!//)(?:"(?P<value>[^"]*)"?|(?P<bare>\S*))|(?P<word>\S+)'
)
"""Text in quotes is only text, and so is an address such as ``gid://shop/1``. A value in quotes may hold blanks."""

FIELDS = {"id": "id_start", "owner": "owner", "for": "waiting_for"}
"""Fields of the server's filter by prefix."""

WHERE = "where"
"""Prefix of a list filter of Temporal's, which goes to the end of the line."""

MAX_PREFIX_CELLS = 20


def for_person(person: str) -> str:
    """Return the text of the filter for what waits for a person."""
    return _field("for", person)


def for_owner(owner: str) -> str:
    """Return the text of the filter for what belongs to an owner; words to find where no field can hold it."""
    return owner if '"' in owner else _field("owner", owner)


def _field(prefix: str, value: str) -> str:
    quoted = any(character.isspace() for character in value) or value.startswith(("//", '"'))
    return f'{prefix}:"{value}"' if quoted else f"{prefix}:{value}"


def raw_list_filter(text: str) -> str | None:
    """Return the list filter in a typed ``text`` with the blanks around it, None if it has none."""
    found = next((term for term in TERM.finditer(text) if (term["prefix"] or "").lower() == WHERE), None)
    return None if found is None else text[found.end("prefix") + 1 :]


@dataclass(frozen=True)
class RowFilter:
    """``words`` must all be in a row; ``server`` can be applied by the server as well as to rows.

    ``problem`` is why the text is no filter; then no row passes.
    """

    server: ServerFilter = field(default_factory=ServerFilter)
    words: tuple[str, ...] = ()
    problem: str = ""

    @classmethod
    def parse(cls, text: str, stage: str | None) -> "RowFilter":
        """Return the filter of a typed ``text`` and a chosen ``stage``."""
        server, words = ServerFilter(stage), []
        for term in TERM.finditer(text):
            prefix, value = term["prefix"], term["value"] or term["bare"]
            if (prefix or "").lower() == WHERE:
                where = (raw_list_filter(text) or "").strip()
                if why := list_filter.problem(where):
                    return cls(server, problem=f"where: {why}")
                server = replace(server, where=where)
                break
            if prefix is None:
                words.append(term["quoted"] or term["word"])
            elif (name := FIELDS.get(prefix.lower())) is None:
                return cls(server, problem=_unknown(prefix))
            elif value:
                server = replace(server, **{name: value})
        return cls(server, tuple(filter(None, words)))

    @classmethod
    def parse_before(cls, text: str, stage: str | None, where: str | None) -> "RowFilter":
        """Return the filter while it is typed: ``where`` stays its list filter until the new one is finished."""
        typed = raw_list_filter(text)
        if typed is None:
            return cls.parse(text, stage)
        before = cls.parse(text.removesuffix(typed)[: -len(f"{WHERE}:")], stage)
        return replace(before, server=replace(before.server, where=where))

    @property
    def empty(self) -> bool:
        """Whether nothing is left out."""
        return self == RowFilter()

    @property
    def reads_all(self) -> bool:
        """Whether the server cannot apply all of it, so that every row must be read."""
        values = (self.server.owner, self.server.id_start, self.server.waiting_for)
        return bool(self.words) or not all(value is None or searchable(value) for value in values)

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that pass."""
        if self.problem:
            return []
        words = [word.casefold() for word in self.words]
        return [row for row in rows if self._passes(row) and (not words or _has(row, words))]

    def _passes(self, row: Row) -> bool:
        wanted = self.server
        return (
            (wanted.stage in {None, row.current_stage} or (wanted.stage == ATTENTION and row.needs_attention))
            and (wanted.owner is None or row.owner == wanted.owner)
            and (wanted.id_start is None or row.business_id.casefold().startswith(wanted.id_start.casefold()))
            and (wanted.waiting_for is None or row.waits_for(wanted.waiting_for))
        )


def _has(row: Row, words: Iterable[str]) -> bool:
    attention = (row.attention or "").replace("_", " ")
    stage = (row.stage or "").replace("_", " ")
    own = (value for value in row.extra.values() if isinstance(value, str))
    searched = " ".join((row.business_id, row.title, row.note, row.owner, stage, attention, *own)).casefold()
    return all(word in searched for word in words)


def _unknown(prefix: str) -> str:
    known = ", ".join(f"{name}:" for name in (*FIELDS, WHERE))
    return f'{plain(prefix, limit=MAX_PREFIX_CELLS)}: is unknown; known are {known} - or put the text in "quotes"'
