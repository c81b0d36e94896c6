"""Text as nobody hopes for it in place of what the examples say: markup, escapes, other directions, wide, and long."""

import copy
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rich.cells import cell_len
from textual.app import App

from console.design.text import JOINERS, VISIBLE_FORMAT

ModelT = TypeVar("ModelT", bound=BaseModel)

WORD = "Silbentrennung"
"""Stands all over the texts: a part of it is a text that was cut."""

UNIT = (
    f"{WORD} [bold red]m[/] $x [/b] \x1b[31mred\x1b]0;owned\x07 \u202egnp.exe\u2066\u200b 日本語 שלום مرحبا"
    f" a\u0301\u0302 {WORD} 👩\u200d🔬 \u2028\r\n\x9b2J "
)
LONG = (UNIT * 40)[:2000]
"""2,000 characters."""

IDENTIFIER = (f"[b]{WORD}[/b] 日本語 שלום/x?y=%;-- " * 6)[:199].strip()
"""An ID of another system, as it may be: any printable characters, 200 at most."""

TRIES = 6
"""Only in the later ones a part that is no text itself is as in the example."""

PARTS = re.compile(f"{WORD[:3]}\\w*")
END = "…"


def hostile(value: Any, keep: Sequence[str] = ()) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with hostile texts, but for the fields to ``keep``."""
    match value:
        case Mapping():
            return {name: one if name in keep else hostile(one, keep) for name, one in value.items()}
        case list():
            return [hostile(one, keep) for one in value]
        case str():
            return LONG
        case _:
            return value


def hostile_model(kind: type[ModelT], example: Mapping[str, Any], keep: Sequence[str] = ()) -> ModelT:
    """Return a model with texts as hostile as it allows; a field that takes none of them is as in the example."""
    made = hostile(example, keep)
    for attempt in range(TRIES):
        try:
            return kind.model_validate(made)
        except ValidationError as error:
            for wrong in error.errors(include_url=False):
                _tame(made, example, wrong, attempt)
    return kind.model_validate(made)


def _tame(made: Any, example: Any, wrong: ErrorDetails, attempt: int) -> None:  # noqa: ANN401 - JSON
    """Put a text that is allowed in place of one that is not."""
    at = [part for part in wrong["loc"] if isinstance(part, int) or part in _names(example)]
    for part in at[:-1]:
        made, example = made[part], example[part]
    if not at or (isinstance(at[-1], str) and at[-1] not in example):
        return
    limit = wrong.get("ctx", {}).get("max_length")
    if isinstance(made[at[-1]], str):
        allowed = [LONG[:limit].strip() if limit else IDENTIFIER, IDENTIFIER, example[at[-1]]]
        made[at[-1]] = allowed[min(attempt, len(allowed) - 1)]
    elif attempt >= TRIES // 2:
        made[at[-1]] = copy.deepcopy(example[at[-1]])


def _names(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        yield from value
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _names(one)


def faults(app: App[None]) -> list[str]:
    """Return what is wrong with the topmost screen: what steers the terminal, is not aligned, or was cut in silence."""
    update = app.screen._compositor.render_update(full=True)
    lines = ["".join(segment.text for strip in line for segment in strip) for line in update.strips]  # type: ignore[union-attr]
    found = [
        f"{number}: {cell_len(line)} cells: {line!r}"
        for number, line in enumerate(lines)
        if cell_len(line) != app.size.width
    ]
    found += [f"{number}: steers: {line!r}" for number, line in enumerate(lines) if any(map(_steers, line))]
    return found + [f"{number}: cut: {line!r}" for number, line in enumerate(lines) if _is_cut(line)]


def _steers(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Zl", "Zp"} or (
        category == "Cf" and character not in VISIBLE_FORMAT and character not in JOINERS
    )


def _is_cut(line: str) -> bool:
    parts = ((found[0], line[found.end() : found.end() + 1]) for found in PARTS.finditer(line))
    return any(part != WORD and behind != END for part, behind in parts)
