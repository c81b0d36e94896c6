"""Standard output for data, standard error for all else."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from console.design.text import plain
from workflows.shared.json_text import json_text

Output = Literal["text", "json", "jsonl"]


def put(line: str) -> None:
    """Write a line of data at once: others may follow much later."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell(line: str) -> None:
    """Write a message."""
    sys.stderr.write(f"tconsole: {plain(line)}\n")
    sys.stderr.flush()


def put_value(value: Any, output: Output, text: str) -> None:  # noqa: ANN401 - any JSON
    """Write one value, or ``text`` for people."""
    match output:
        case "json":
            put(json_text(value, indent=2))
        case "jsonl":
            put(json_text(value))
        case _:
            put(_safe(text))


def put_values(values: Sequence[Any], output: Output, lines: Iterable[str]) -> None:
    """Write several values, or lines for people."""
    match output:
        case "json":
            put(json_text(values, indent=2))
        case "jsonl":
            for value in values:
                put(json_text(value))
        case _:
            for line in lines:
                put(_safe(line))


def _safe(text: str) -> str:
    """Return lines in which nothing but line breaks controls a terminal; what they show is aligned already."""
    return "\n".join("".join(filter(str.isprintable, line)) for line in text.splitlines())
