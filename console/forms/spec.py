"""What a form asks for, read from a pydantic model."""

import types
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from workflows.shared.fields import Generated

MISSING = object()
"""In place of a value that nobody gave."""

UNIONS = {Union, types.UnionType}


@dataclass(frozen=True)
class BareType:
    """A type without its wrapping; ``arguments`` are those of a generic type or a union."""

    bare: Any
    metadata: tuple[object, ...] = ()
    nullable: bool = False

    @property
    def origin(self) -> object:
        """The generic type or the union that it is; None for a plain type."""
        return Union if get_origin(self.bare) in UNIONS else get_origin(self.bare)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The types or values in its brackets."""
        return get_args(self.bare)

    @property
    def max_length(self) -> int:
        """How long a value may be; 0 if there is no limit."""
        limits = [getattr(part, "max_length", None) for part in self.metadata]
        return max((limit for limit in limits if isinstance(limit, int)), default=0)


@dataclass(frozen=True)
class FieldSpec:
    """One field of a form; ``choices`` are texts that it proposes."""

    name: str
    label: str
    help: str = ""
    example: str = ""
    required: bool = False
    nullable: bool = False
    default: object = MISSING
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, info: FieldInfo, choices: Sequence[str], *, nullable: bool) -> "FieldSpec":
        """Return the specification of a model's field."""
        required = info.is_required()
        return cls(
            name=name,
            label=info.title or name.replace("_", " ").capitalize(),
            help=info.description or "",
            example=str(info.examples[0]) if info.examples else "",
            required=required,
            nullable=nullable,
            default=MISSING if required else info.get_default(call_default_factory=True, validated_data={}),
            choices=tuple(choices),
        )


def asked_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of ``model`` in their order, without constants and generated ones."""
    constants = constants_of(model)
    return {
        name: info
        for name, info in model.model_fields.items()
        if name not in constants and Generated() not in info.metadata
    }


def constants_of(model: type[BaseModel]) -> dict[str, object]:
    """Return the fields that can have one value only, such as a discriminator, with that value."""
    return {
        name: get_args(info.annotation)[0]
        for name, info in model.model_fields.items()
        if get_origin(info.annotation) is Literal and len(get_args(info.annotation)) == 1
    }


def unwrap(annotation: Any, metadata: Sequence[object] = ()) -> BareType:  # noqa: ANN401 - any type
    """Return a type without ``None`` and ``Annotated``; ``metadata`` is known of it already."""
    every = get_args(annotation) if get_origin(annotation) in UNIONS else ()
    members = tuple(member for member in every if member is not type(None))
    nullable = len(members) < len(every)
    info = FieldInfo.from_annotation(reduce(or_, members) if nullable else annotation)
    return BareType(info.annotation, (*metadata, *info.metadata), nullable)
