"""What is wrong with a TOML file that people write, each mistake with its line."""

import re
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from workflows.shared.inputs import excerpt, printable
from workflows.shared.nearest import did_you_mean
from workflows.shared.toml_lines import Lines, Path

MAX_WORDS = 300

_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


class Problem(NamedTuple):
    """Something that is wrong with a file."""

    line: int
    words: str


def syntax_problem(message: str, text: str) -> Problem:
    """Return why a text is no TOML, from what ``tomllib`` says."""
    at = _AT_LINE.search(message)
    line = int(at[1]) if at and at[1] else text.count("\n") + (not text.endswith("\n"))
    return Problem(max(line, 1), printable(f"it is no valid TOML: {_AT_LINE.sub('', message)}", MAX_WORDS))


def model_problems(error: ValidationError, text: str, model: type[BaseModel]) -> list[Problem]:
    """Return what does not fit the model of the file."""
    lines = Lines(text)
    found = error.errors(include_url=False)
    return [Problem(lines.line(each["loc"]), _words(each, model)) for each in found]


def known_keys(model: type[BaseModel], table: Path) -> list[str]:
    """Return the keys that a table of the file may have, by its path, such as ``("rule", 0, "level", 2)``."""
    kind: Any = model
    for step in table:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(step))
            kind = field.annotation if field else None
        else:
            kind = get_args(kind)[-1] if get_args(kind) else None
        kind = _table_of(kind)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _table_of(kind: Any) -> Any:  # noqa: ANN401 - an annotation
    """Return the table of an optional one."""
    return next(each for each in get_args(kind) if each is not NoneType) if isinstance(kind, UnionType) else kind


def _words(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return what is wrong, with the key that is."""
    path: Path = error["loc"]
    if error["type"] == "extra_forbidden":
        known = known_keys(model, path[:-1])
        near = did_you_mean(str(path[-1]), known) or f"; there are {', '.join(known)}"
        return printable(f"unknown key {path[-1]!r}{near}", MAX_WORDS)
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        message = "it is missing"
    elif message.startswith("Input should be") and isinstance(error["input"], str | int | float):
        message += f", not {excerpt(error['input'])}"
    return printable(f"{_key(path)}{message}", MAX_WORDS)


def _key(path: Path) -> str:
    names = [step for step in path if isinstance(step, str)]
    return f"{names[-1]}: " if names else ""
