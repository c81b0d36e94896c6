"""Reads a policy file: a policy, or every mistake with its line."""

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path as FilePath
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workflows.approvals.policy.models import Policy, known_keys
from workflows.approvals.policy.positions import Lines, Path
from workflows.shared.inputs import excerpt, printable
from workflows.shared.nearest import did_you_mean

MAX_BYTES = 1_000_000
MAX_WORDS = 300
SAMPLE = FilePath(__file__).with_name("sample.toml")
"""The policy of a company that names none."""

_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


class Problem(NamedTuple):
    """Something that is wrong with a policy."""

    line: int
    words: str


class PolicyError(Exception):
    """The file cannot be used as a policy: it has these problems."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = sorted(problems)
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """The problems, as ``FILE:LINE: words``."""
        return [f"{self.name}:{problem.line}: {problem.words}" for problem in self.problems]


@dataclass(frozen=True)
class PolicyFile:
    """A policy, and the file that it stands in."""

    name: str
    """What the file is called, for people."""
    text: str
    policy: Policy

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)

    def line(self, *path: int | str) -> int:
        """Return the line of something in it."""
        return self._lines.line(path)


def read_file(file: FilePath) -> PolicyFile:
    """Return the policy of a file. Raises `PolicyError`."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise PolicyError(str(file), [Problem(1, f"the file has more than {MAX_BYTES:,} bytes")])
        content = file.read_bytes()
    except OSError as error:
        words = "there is no such file" if isinstance(error, FileNotFoundError) else f"{error.strerror or error}"
        raise PolicyError(str(file), [Problem(1, f"it cannot be read: {words}")]) from None
    return read_policy(content, str(file))


@cache
def sample_policy() -> PolicyFile:
    """Return the sample policy."""
    return read_file(SAMPLE)


def read_policy(content: bytes, name: str) -> PolicyFile:
    """Return the policy that a file's content says; ``name`` is that of the file. Raises `PolicyError`."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(name, [Problem(line, "it is not in UTF-8; save it as UTF-8")]) from None
    try:
        tables = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, [syntax_problem(str(error), text)]) from None
    except RecursionError:
        raise PolicyError(name, [Problem(1, "it is nested too deep")]) from None
    try:
        return PolicyFile(name, text, Policy.model_validate(tables))
    except ValidationError as error:
        lines = Lines(text)
        found = error.errors(include_url=False)
        raise PolicyError(name, [Problem(lines.line(each["loc"]), _words(each)) for each in found]) from None


def syntax_problem(message: str, text: str) -> Problem:
    """Return why a text is no TOML, from what ``tomllib`` says."""
    at = _AT_LINE.search(message)
    line = int(at[1]) if at and at[1] else text.count("\n") + (not text.endswith("\n"))
    return Problem(max(line, 1), printable(f"it is no valid TOML: {_AT_LINE.sub('', message)}", MAX_WORDS))


def _words(error: ErrorDetails) -> str:
    """Return what is wrong, with the key that is."""
    path: Path = error["loc"]
    if error["type"] == "extra_forbidden":
        known = known_keys(path[:-1])
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
