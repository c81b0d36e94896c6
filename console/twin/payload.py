"""The payload of an action, from JSON and from options."""

import json
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from console.design.text import plain
from console.twin.options import field_options
from workflows.shared.inputs import one_line

MAX_INPUT_BYTES = 2_000_000
"""Temporal takes no larger payload."""

SHOWN = 80
"""Cells of what was typed."""


class UsageError(ValueError):
    """What was typed is wrong. The text is one line for people."""


def read_input(text: str | None, file: str | None) -> dict[str, Any]:
    """Return the JSON object that was given, or the one in a file; ``-`` is standard input.

    Raises:
        UsageError: both are given, the file cannot be read, or it is no JSON object.
    """
    if text is not None and file is not None:
        raise UsageError("--input and --input-file say the same thing; give one of them")
    if text is None and file is None:
        return {}
    flag = "--input" if text is not None else "--input-file"
    return parse_object(text if text is not None else _contents(str(file)), flag)


def parse_object(text: str, flag: str) -> dict[str, Any]:
    """Return a JSON object. Raises ``UsageError``, which names ``flag``."""
    value = _parse(text, flag)
    if not isinstance(value, dict):
        raise UsageError(f'{flag} must be a JSON object, as in {{"amount": 2500}}; it is {type(value).__name__}')
    return value


def values_of(model: type[BaseModel], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the options that were given, by field.

    Raises:
        UsageError: a text is no value of its field.
    """
    values: dict[str, Any] = {}
    for option in field_options(model):
        name = option.spec.name
        if name not in texts:
            continue
        if not option.is_plain:
            values[name] = _parse(texts[name], option.flag)
            continue
        try:
            values[name] = option.codec(texts).parse(texts[name])
        except ValueError as error:
            raise UsageError(f"{option.flag} {plain(texts[name], limit=SHOWN)}: {error}") from error
    return values


def wrong_words(error: ValidationError) -> str:
    """Return what does not fit, field by field."""
    return one_line(error)


def _contents(file: str) -> str:
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
            content = stream.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--input-file {plain(file, limit=SHOWN)} cannot be read: {error.strerror}") from error
    if len(content) > MAX_INPUT_BYTES:
        raise UsageError(
            f"--input-file {plain(file, limit=SHOWN)} has more than {MAX_INPUT_BYTES:,} bytes, the most that is taken"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"--input-file {plain(file, limit=SHOWN)} is not UTF-8: {error.reason}") from error


def _parse(text: str, flag: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = "it is nested too deeply"
        if isinstance(error, json.JSONDecodeError):
            where = f"{error.msg} in line {error.lineno}, column {error.colno}"
        raise UsageError(f"{flag} is not JSON: {where}") from error
