"""The filter: what the operator typed, split into filters of the server and words to find in the rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from console.gateway.query import ATTENTION, ServerFilter
from console.gateway.rows import Row

HELP = "words to find · id:ORD-2025 · owner:CUST-ADA · for:ben"


@dataclass(frozen=True)
class RowFilter:
    """``words`` must all be in a row; ``server`` can be applied by the server as well as to rows."""

    server: ServerFilter = field(default_factory=ServerFilter)
    words: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, stage: str | None) -> "RowFilter":
        """Return the filter of a typed ``text`` and a chosen ``stage``."""
        server, words = ServerFilter(stage), []
        for word in text.split():
            name, found, value = word.partition(":")
            match name.lower() if found and value else "":
                case "id":
                    server = replace(server, id_start=value)
                case "owner":
                    server = replace(server, owner=value)
                case "for":
                    server = replace(server, waiting_for=value)
                case _:
                    words.append(word.casefold())
        return cls(server, tuple(words))

    @property
    def empty(self) -> bool:
        """Whether nothing is left out."""
        return self == RowFilter()

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that pass."""
        return [row for row in rows if self._passes(row)]

    def _passes(self, row: Row) -> bool:
        wanted = self.server
        return (
            (wanted.stage in {None, row.current_stage} or (wanted.stage == ATTENTION and row.needs_attention))
            and (wanted.owner is None or row.owner == wanted.owner)
            and (wanted.id_start is None or row.business_id.startswith(wanted.id_start))
            and (wanted.waiting_for is None or (wanted.waiting_for in row.waiting_for and not row.closed))
            and all(word in _searched(row) for word in self.words)
        )


def _searched(row: Row) -> str:
    attention = (row.attention or "").replace("_", " ")
    stage = (row.stage or "").replace("_", " ")
    return " ".join((row.business_id, row.title, row.note, row.owner, stage, attention)).casefold()
