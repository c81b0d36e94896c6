"""What a form asks for, read from a pydantic model."""

import re
import types
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from console.forms import codec, kinds
from console.forms.kinds import Kind
from workflows.shared.fields import Generated, Money

MISSING = object()
"""In place of a value that nobody gave."""

LONG_TEXT = 1000
"""A text that may have this many characters gets several lines."""

LONG_LIST = 100
"""A list that may have more entries gets several lines."""

SECONDS = re.compile(r"(^|_)seconds(_|$)")


@dataclass(frozen=True)
class FieldSpec:
    """One field of a form; ``choices`` are texts that it proposes."""

    name: str
    label: str
    kind: Kind
    help: str = ""
    example: str = ""
    required: bool = False
    nullable: bool = False
    default: object = MISSING
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Type:
    """A type without its wrapping."""

    bare: Any
    metadata: tuple[object, ...]
    nullable: bool = False


def fields_of(model: type[BaseModel]) -> list[FieldSpec]:
    """Return the fields of ``model`` in their order, without constants and generated ones.

    Raises:
        TypeError: the model has a field for which there is no kind.
    """
    constants = constants_of(model)
    return [
        _spec(model, name, info)
        for name, info in model.model_fields.items()
        if name not in constants and Generated() not in info.metadata
    ]


def constants_of(model: type[BaseModel]) -> dict[str, object]:
    """Return the fields that can have one value only, such as a discriminator, with that value."""
    return {
        name: get_args(info.annotation)[0]
        for name, info in model.model_fields.items()
        if get_origin(info.annotation) is Literal and len(get_args(info.annotation)) == 1
    }


def _spec(model: type[BaseModel], name: str, info: FieldInfo) -> FieldSpec:
    found = _unwrap(info.annotation, tuple(info.metadata))
    kind = _kind(name, found, info)
    if kind is None:
        raise TypeError(f"{model.__name__}.{name}: there is no form field for {found.bare!r}")
    return FieldSpec(
        name=name,
        label=info.title or name.replace("_", " ").capitalize(),
        kind=kind,
        help="" if isinstance(kind, kinds.Amount) else info.description or "",
        example=str(info.examples[0]) if info.examples else "",
        required=info.is_required(),
        nullable=found.nullable,
        default=MISSING if info.is_required() else info.get_default(call_default_factory=True, validated_data={}),
    )


def _unwrap(annotation: object, metadata: tuple[object, ...]) -> _Type:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _unwrap(inner, metadata + tuple(_flat(more)))
    if origin in {Union, types.UnionType}:
        members = [member for member in get_args(annotation) if member is not type(None)]
        if len(members) < len(get_args(annotation)):
            whole = members[0] if len(members) == 1 else Union[tuple(members)]  # noqa: UP007 - built from a list
            found = _unwrap(whole, metadata)
            return _Type(found.bare, found.metadata, nullable=True)
    return _Type(annotation, metadata)


def _flat(metadata: list[object]) -> list[object]:
    return [part for item in metadata for part in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _kind(name: str, found: _Type, info: FieldInfo) -> Kind | None:
    origin = get_origin(found.bare)
    if origin in {Union, types.UnionType}:
        return _union(get_args(found.bare), info.discriminator)
    if origin is Literal:
        return kinds.Choice(tuple((_label(value), value) for value in get_args(found.bare)))
    if origin is list:
        return _list(get_args(found.bare)[0], found.metadata)
    if origin is dict:
        return kinds.Mapping()
    return _plain_kind(name, found) if isinstance(found.bare, type) else None


def _plain_kind(name: str, found: _Type) -> Kind:
    bare = found.bare
    kind: Kind = kinds.Typed(codec.TEXT, long=_limit(found.metadata) >= LONG_TEXT)
    if issubclass(bare, BaseModel):
        kind = kinds.Group(bare)
    elif issubclass(bare, Enum):
        kind = kinds.Choice(tuple((_label(member.value), member) for member in bare))
    elif issubclass(bare, bool):
        kind = kinds.Choice((("yes", True), ("no", False))) if found.nullable else kinds.Boolean()
    elif issubclass(bare, int):
        money = next((mark for mark in found.metadata if isinstance(mark, Money)), None)
        integer = codec.SECONDS if SECONDS.search(name) else codec.INTEGER
        kind = kinds.Amount(money.currency) if money else kinds.Typed(integer)
    elif issubclass(bare, float):
        kind = kinds.Typed(codec.NUMBER)
    elif issubclass(bare, datetime) or bare is AwareDatetime:
        kind = kinds.Typed(codec.DATE_TIME)
    return kind


def _list(item: object, metadata: tuple[object, ...]) -> Kind:
    bare = _unwrap(item, ()).bare
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return kinds.ModelList(bare)
    long = _limit(metadata) > LONG_LIST
    return kinds.Typed(codec.LONG_STRING_LIST if long else codec.STRING_LIST, long)


def _union(members: tuple[object, ...], discriminator: object) -> Kind | None:
    models = [_unwrap(member, ()).bare for member in members]
    if not all(isinstance(model, type) and issubclass(model, BaseModel) for model in models):
        return None
    return kinds.Union(tuple(_case(model, discriminator) for model in models))


def _case(model: type[BaseModel], discriminator: object) -> kinds.Case:
    tag = model.__name__
    if isinstance(discriminator, str):
        tag = str(get_args(model.model_fields[discriminator].annotation)[0])
    summary = re.split(r"[.\n]", (model.__doc__ or "").strip())[0]
    return kinds.Case(tag=tag, label=summary or _label(tag), model=model)


def _limit(metadata: tuple[object, ...]) -> int:
    limits = [getattr(part, "max_length", None) for part in metadata]
    return max((limit for limit in limits if isinstance(limit, int)), default=0)


def _label(value: object) -> str:
    return str(value).replace("_", " ")
