"""Reads a policy file: a policy, or every mistake with its line."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path as FilePath

from pydantic import ValidationError

from workflows.approvals.policy.models import Policy
from workflows.shared.toml_lines import Lines
from workflows.shared.toml_problems import Problem, model_problems, syntax_problem

MAX_BYTES = 1_000_000
SAMPLE = FilePath(__file__).with_name("sample.toml")
"""The policy of a company that names none."""


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
        raise PolicyError(name, model_problems(error, text, Policy)) from None
