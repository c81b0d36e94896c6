"""The fields of a form, built from its model."""

import re
from enum import Enum
from typing import Any, Literal, Union

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from console.forms import codec
from console.forms.choices import BooleanField, ChoiceField
from console.forms.field import FormField
from console.forms.layout import FormLayout
from console.forms.model_list import ModelListField
from console.forms.nested import FieldSet, GroupField, values_of
from console.forms.spec import BareType, FieldSpec, asked_fields, constants_of, unwrap
from console.forms.typed import AmountField, AreaField, LineField
from console.forms.union import Case, UnionField

LONG_TEXT = 1000
"""A text that may have this many characters gets several lines."""

LONG_LIST = 100
"""A list that may have more entries gets several lines."""

BOTH = (("yes", True), ("no", False))


def build_set(model: type[BaseModel], initial: object = None, layout: FormLayout | None = None) -> FieldSet:
    """Return the fields of ``model``, starting from ``initial``, a model or some of its values.

    Raises:
        TypeError: a field has a type for which there is no form field.
    """
    layout = layout or FormLayout()
    given = values_of(initial)
    built = FieldSet({**constants_of(model), **layout.fixed}, layout.more)
    for name, info in asked_fields(model).items():
        if name not in built.fixed:
            found = unwrap(info.annotation, info.metadata)
            spec = FieldSpec.of(name, info, layout.choices.get(name, ()), nullable=found.nullable)
            value = given.get(name, spec.default)
            field = _generic_field(spec, found, info, value) or _plain_field(spec, found, value, built)
            if field is None:
                raise TypeError(f"{model.__name__}.{name}: there is no form field for {found.bare!r}")
            built.fields[name] = field
    return built


def _generic_field(spec: FieldSpec, found: BareType, info: FieldInfo, initial: object) -> FormField | None:
    field: FormField | None = None
    if found.origin is Union:
        field = _union(spec, found.arguments, info.discriminator, initial)
    elif found.origin is Literal:
        field = ChoiceField(spec, initial, [(_label(value), value) for value in found.arguments])
    elif found.origin is dict:
        field = AreaField(spec, initial, codec.mapping_codec(initial))
    elif found.origin is list:
        item = unwrap(found.arguments[0]).bare
        long = found.max_length > LONG_LIST
        if _is_model(item):
            field = _model_list(spec, item, initial)
        else:
            field = (AreaField if long else LineField)(
                spec, initial, codec.LONG_STRING_LIST if long else codec.STRING_LIST
            )
    return field


def _plain_field(spec: FieldSpec, found: BareType, initial: object, within: FieldSet) -> FormField | None:
    bare = found.bare
    if not isinstance(bare, type):
        return None
    field: FormField
    if issubclass(bare, BaseModel):
        field = GroupField(spec, build_set(bare, initial), on=initial is not None)
    elif issubclass(bare, Enum):
        field = ChoiceField(spec, initial, [(_label(member.value), member) for member in bare])
    elif bare is bool:
        field = ChoiceField(spec, initial, BOTH) if found.nullable else BooleanField(spec, initial)
    else:
        long = bare is str and found.max_length >= LONG_TEXT
        kind = AreaField if long else AmountField if codec.is_money(found) else LineField
        field = kind(spec, initial, codec.codec_of(spec.name, found, within.text_of))
    return field


def _model_list(spec: FieldSpec, model: type[BaseModel], initial: object) -> ModelListField:
    given = initial if isinstance(initial, list | tuple) else []
    items = [build_set(model, item) for item in given or ([None] if spec.required else [])]
    return ModelListField(spec, items, lambda: build_set(model))


def _union(spec: FieldSpec, members: tuple[Any, ...], discriminator: object, initial: object) -> UnionField | None:
    models = [unwrap(member).bare for member in members]
    if not all(map(_is_model, models)):
        return None
    chosen = next((model for model in models if _fits(model, initial)), models[0])
    sets = {_case(model, discriminator): build_set(model, initial if model is chosen else None) for model in models}
    return UnionField(spec, sets, models.index(chosen))


def _case(model: type[BaseModel], discriminator: object) -> Case:
    tag = str(constants_of(model)[discriminator]) if isinstance(discriminator, str) else model.__name__
    summary = re.split(r"[.\n]", (model.__doc__ or "").strip())[0]
    return Case(tag, summary or _label(tag))


def _fits(model: type[BaseModel], initial: object) -> bool:
    """Return whether values are of a model: by what is always the same in it, else by the names of its fields."""
    given = values_of(initial)
    return isinstance(initial, model) or (
        bool(given)
        and given.keys() <= model.model_fields.keys()
        and all(given.get(name, value) == value for name, value in constants_of(model).items())
    )


def _is_model(bare: object) -> bool:
    return isinstance(bare, type) and issubclass(bare, BaseModel)


def _label(value: object) -> str:
    return str(value).replace("_", " ")
