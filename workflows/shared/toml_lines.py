"""Where in a TOML file something stands. The values come from `tomllib`, which does not tell."""

import tomllib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Node

Path = tuple[int | str, ...]
"""Keys and numbers of entries, such as ``("rule", 0, "kind")``."""


class Lines:
    """The lines of the tables, keys and entries of a valid TOML text."""

    def __init__(self, text: str) -> None:
        from tree_sitter import Language, Parser
        from tree_sitter_toml import language

        self._lines: dict[Path, int] = {(): 1}
        self._arrays: dict[Path, int] = {}
        """Number of the current table in each array of tables."""
        table: Path = ()
        for node in Parser(Language(language())).parse(text.encode()).root_node.children:
            if node.type in {"table", "table_array_element"}:
                table = self._open(node)
                for child in node.children:
                    self._read_pair(table, child)
            else:
                self._read_pair((), node)

    def line(self, path: Sequence[int | str]) -> int:
        """Return the line of a path, or of the nearest table around it that stands in the file."""
        known = tuple(path)
        while known not in self._lines:
            known = known[:-1]
        return self._lines[known]

    def _open(self, node: "Node") -> Path:
        """Return the path of a table by its header, and remember where it is."""
        keys = next(_keys(child) for child in node.children if child.type.endswith("key"))
        path: Path = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if node.type == "table_array_element" and number == len(keys) - 1:
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path])
            self._lines.setdefault(path, node.start_point[0] + 1)
        return path

    def _read_pair(self, table: Path, node: "Node") -> None:
        if node.type != "pair":
            return
        key, _, value = (child for child in node.children if child.type != "comment")
        path = table
        for part in _keys(key):
            path = (*path, part)
            self._lines.setdefault(path, node.start_point[0] + 1)
        self._read_value(path, value)

    def _read_value(self, path: Path, node: "Node") -> None:
        if node.type == "inline_table":
            for child in node.children:
                self._read_pair(path, child)
        elif node.type == "array":
            for number, child in enumerate(_entries(node)):
                self._lines[*path, number] = child.start_point[0] + 1
                self._read_value((*path, number), child)


def _entries(array: "Node") -> Iterator["Node"]:
    return (child for child in array.named_children if child.type != "comment")


def _keys(node: "Node") -> list[str]:
    """Return the parts of a key, which may be dotted and quoted."""
    inner: Any = tomllib.loads(f"{(node.text or b'').decode()} = 0")
    keys = []
    while isinstance(inner, dict):
        [(key, inner)] = inner.items()
        keys.append(key)
    return keys
