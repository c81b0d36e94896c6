"""The kinds of values that a form can ask for."""

from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(frozen=True)
class Text:
    """One line, or several with ``long``."""

    long: bool = False


@dataclass(frozen=True)
class Integer:
    """An integer; a duration with ``seconds``."""

    seconds: bool = False


@dataclass(frozen=True)
class Number:
    """A number with decimals that is not money."""


@dataclass(frozen=True)
class Amount:
    """Money in minor units, typed in major ones; ``currency`` is the name of the field with its currency."""

    currency: str


@dataclass(frozen=True)
class DateTime:
    """A date and time with a zone."""


@dataclass(frozen=True)
class StringList:
    """Short texts; hundreds of them with ``long``."""

    long: bool = False


@dataclass(frozen=True)
class Mapping:
    """Names with a value each."""


@dataclass(frozen=True)
class Choice:
    """One of a few values, each with its label."""

    options: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Boolean:
    """Yes or no."""


@dataclass(frozen=True)
class Group:
    """A model within the model."""

    model: type[BaseModel]


@dataclass(frozen=True)
class Case:
    """One member of a union; ``tag`` is its name in the location of a pydantic error."""

    tag: str
    label: str
    model: type[BaseModel]


@dataclass(frozen=True)
class Union:
    """One of several models."""

    cases: tuple[Case, ...]


@dataclass(frozen=True)
class ModelList:
    """Any number of models of one type."""

    model: type[BaseModel]


Kind = Text | Integer | Number | Amount | DateTime | StringList | Mapping | Choice | Boolean | Group | Union | ModelList
