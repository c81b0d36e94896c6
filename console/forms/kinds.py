"""The kinds of fields that a form knows, and what each needs to know of its type."""

from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(frozen=True)
class Text:
    """Words: one line, or with ``long`` several."""

    long: bool = False


@dataclass(frozen=True)
class Whole:
    """A whole number; with ``seconds`` a duration."""

    seconds: bool = False


@dataclass(frozen=True)
class Number:
    """A number that may have decimals, and is no money."""


@dataclass(frozen=True)
class Amount:
    """An amount of money, typed in major units and kept in minor ones; ``currency`` is the field with its currency."""

    currency: str


@dataclass(frozen=True)
class Moment:
    """A date and time."""


@dataclass(frozen=True)
class Words:
    """Several short texts; with ``long`` there may be hundreds."""

    long: bool = False


@dataclass(frozen=True)
class Pairs:
    """Names with a value each."""


@dataclass(frozen=True)
class Choice:
    """One of a few values, each with its label."""

    options: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Flag:
    """Yes or no."""


@dataclass(frozen=True)
class Group:
    """A model within the model."""

    model: type[BaseModel]


@dataclass(frozen=True)
class Case:
    """One shape of a variant; ``tag`` is how pydantic names it in the place of an error."""

    tag: str
    label: str
    model: type[BaseModel]


@dataclass(frozen=True)
class Variant:
    """One of several models."""

    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Rows:
    """As many models of a kind as one likes."""

    model: type[BaseModel]


Kind = Text | Whole | Number | Amount | Moment | Words | Pairs | Choice | Flag | Group | Variant | Rows
