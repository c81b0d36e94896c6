"""Options of an action, made from the model of its payload: the same fields that a form has."""

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import typer
from pydantic import BaseModel

from console.forms.codec import STRING_LIST, Codec, codec_of
from console.forms.spec import BareType, FieldSpec, asked_fields, unwrap

FIELDS = "Fields"
JSON_VALUE = "JSON"

PREFIX = "field_"
"""Of the parameters with the fields: the other options keep their names."""


class FieldOption(NamedTuple):
    """One field of a payload as an option."""

    spec: FieldSpec
    found: BareType

    @property
    def flag(self) -> str:
        """The option."""
        return f"--{self.spec.name.replace('_', '-')}"

    @property
    def is_plain(self) -> bool:
        """Whether its text is no JSON."""
        bare = self.found.bare
        if self.found.origin is list:
            return unwrap(self.found.arguments[0]).bare is str
        is_whole = self.found.origin in (None, Literal)
        return is_whole and not (isinstance(bare, type) and issubclass(bare, BaseModel | dict))

    def codec(self, texts: Mapping[str, str]) -> Codec:
        """Return how its text is read, beside the texts of other fields."""
        if self.found.origin is list:
            return STRING_LIST
        return codec_of(self.spec.name, self.found, lambda name: texts.get(name, ""))

    @property
    def help(self) -> str:
        """What ``--help`` says: what it is, what its values are, an example."""
        codec = self.codec({})
        values = getattr(self.found.bare, "__members__", None) or {}
        choices = [str(member.value) for member in values.values()] or [str(value) for value in self._literals]
        example = codec.example or self.spec.example
        words = [
            self.spec.label,
            self.spec.help,
            f"one of {', '.join(choices)}" if choices else "",
            codec.placeholder,
            f"such as {example}" if example else "",
        ]
        return "; ".join(filter(None, words))

    @property
    def _literals(self) -> tuple[Any, ...]:
        return self.found.arguments if self.found.origin is Literal else ()

    @property
    def parameter(self) -> inspect.Parameter:
        """The parameter of a function that Typer calls."""
        kind = Annotated[
            str | None,
            typer.Option(
                self.flag,
                help=self.help,
                metavar=JSON_VALUE if not self.is_plain else "VALUE",
                rich_help_panel=FIELDS,
            ),
        ]
        name = f"{PREFIX}{self.spec.name}"
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def field_options(model: type[BaseModel]) -> tuple[FieldOption, ...]:
    """Return the options of a payload's fields, in their order."""
    options = []
    for name, info in asked_fields(model).items():
        found = unwrap(info.annotation, info.metadata)
        options.append(FieldOption(FieldSpec.of(name, info, (), nullable=found.nullable), found))
    return tuple(options)
