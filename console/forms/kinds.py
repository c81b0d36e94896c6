"""The kinds of values that a form can ask for."""

from dataclasses import dataclass

from pydantic import BaseModel

from console.forms.codec import Codec


@dataclass(frozen=True)
class Typed:
    """A value that is typed, on several lines with ``long``."""

    codec: Codec
    long: bool = False


@dataclass(frozen=True)
class Amount:
    """Money in minor units, typed in major ones; ``currency`` is the name of the field with its currency."""

    currency: str


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


Kind = Typed | Amount | Mapping | Choice | Boolean | Group | Union | ModelList
