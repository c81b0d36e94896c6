"""Reads a file of caps, in TOML or JSON: a policy, or every mistake with its field and, in TOML, its line."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from workers.store.command_line import REFUSED, fail, read_text
from workflows.campaigns.models import CalendarWindow, CapPolicy, CapRule, RollingWindow
from workflows.campaigns.zones import zones_of
from workflows.shared.fields import UtcDatetime, unknown_zone
from workflows.shared.inputs import printable, words_of
from workflows.shared.nearest import did_you_mean
from workflows.shared.toml_lines import Lines, Path
from workflows.shared.toml_problems import syntax_problem
from workflows.shared.zones import ZONE_NAMES

MAX_LINE = 300
"""Characters."""
WINDOWS: Mapping[str, type[BaseModel]] = {each.__name__: each for each in (RollingWindow, CalendarWindow)}


class PolicyFile(CapPolicy):
    """A policy as in the update `set_policy`, and from when on it holds."""

    effective_from: UtcDatetime | None = Field(default=None, description="now if it is left out")

    @property
    def policy(self) -> CapPolicy:
        """The policy alone."""
        return CapPolicy(rules=self.rules, count_transactional=self.count_transactional)


def read_policy(file: str, option: str) -> PolicyFile:
    """Return what a file says; end the command with one line for each mistake."""
    text = read_text(file, option)
    is_toml = file.endswith(".toml")
    try:
        given: Any = tomllib.loads(text) if is_toml else json.loads(text)
    except (ValueError, RecursionError) as error:
        fail(_syntax(file, str(error), text, is_toml=is_toml), REFUSED)
    mistakes = list(_mistakes(given))
    if mistakes:
        line = Lines(text.replace("\r\n", "\n")).line if is_toml else None
        fail("\n".join(_line(file, line, path, words) for path, words in mistakes), REFUSED)
    return PolicyFile.model_validate(given)


def _syntax(file: str, message: str, text: str, *, is_toml: bool) -> str:
    if is_toml:
        problem = syntax_problem(message, text)
        return printable(f"{file}:{problem.line}: {problem.words}", MAX_LINE)
    return printable(f"{file}: it is no valid JSON, and TOML is in a file named .toml: {message}", MAX_LINE)


def _line(file: str, line: Callable[[Path], int] | None, path: Path, words: str) -> str:
    place = f"{file}:{line(path)}" if line else file
    field = f"{'.'.join(map(str, path))}: " if path else ""
    return printable(f"{place}: {field}{words}", MAX_LINE)


def _mistakes(given: object) -> Iterator[tuple[Path, str]]:
    yield from _unknown_keys(given)
    try:
        found = PolicyFile.model_validate(given)
    except ValidationError as error:
        yield from _wrong_fields(error, given)
        return
    for field, zone in zones_of(found.policy, None).items():
        if zone not in ZONE_NAMES:
            steps = field.split(".")[1:]
            yield tuple(int(step) if step.isdigit() else step for step in steps), unknown_zone(zone)


def _unknown_keys(given: object) -> Iterator[tuple[Path, str]]:
    """Find keys that there are not: a cap whose channel is misspelt would be one of all channels."""
    yield from _unknown(given, (), PolicyFile)
    rules = given.get("rules") if isinstance(given, dict) else None
    for number, rule in enumerate(rules if isinstance(rules, list) else []):
        yield from _unknown(rule, ("rules", number), CapRule)
        if isinstance(rule, dict):
            window = rule.get("window")
            yield from _unknown(window, ("rules", number, "window"), _window_of(window))


def _unknown(given: object, path: Path, model: type[BaseModel]) -> Iterator[tuple[Path, str]]:
    known = list(model.model_fields)
    for key in given if isinstance(given, dict) else ():
        if key not in known:
            rest = did_you_mean(key, known) or f"; there are {', '.join(known)}"
            yield (*path, key), f"there is no such key{rest}"


def _window_of(given: object) -> type[BaseModel]:
    return CalendarWindow if isinstance(given, dict) and "rolling_seconds" not in given else RollingWindow


def _wrong_fields(error: ValidationError, given: Any) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 - from a file
    for each in error.errors(include_url=False):
        path = each["loc"]
        kind = next((step for step in path if step in WINDOWS), None)
        if kind is None:
            yield path, _words(each)
        elif WINDOWS[str(kind)] is _window_of(_at(given, path[: path.index(kind)])):
            yield tuple(step for step in path if step != kind), _words(each)


def _at(given: Any, path: Path) -> object:  # noqa: ANN401 - from a file
    for step in path:
        given = given[step]
    return given


def _words(detail: ErrorDetails) -> str:
    return "it is missing" if detail["type"] == "missing" else words_of(detail)
