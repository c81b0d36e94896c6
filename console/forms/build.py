"""The fields of a form, built from its model."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel

from console.forms.choices import BooleanField, ChoiceField
from console.forms.codec import amount_codec, mapping_codec
from console.forms.field import FormField
from console.forms.kinds import (
    Amount,
    Boolean,
    Case,
    Choice,
    Group,
    Mapping,
    ModelList,
    Typed,
    Union,
)
from console.forms.model_list import ModelListField
from console.forms.nested import FieldSet, FormLayout, GroupField, values_of
from console.forms.spec import FieldSpec, constants_of, fields_of
from console.forms.typed import AreaField, LineField
from console.forms.union import UnionField


def build_set(model: type[BaseModel], initial: object = None, layout: FormLayout | None = None) -> FieldSet:
    """Return the fields of ``model``, starting from ``initial``, a model or some of its values."""
    layout = layout or FormLayout()
    given = values_of(initial)
    built = FieldSet({**constants_of(model), **layout.fixed}, layout.more)
    for spec in fields_of(model):
        if spec.name not in built.fixed:
            full = replace(spec, choices=tuple(layout.choices.get(spec.name, ())))
            built.fields[spec.name] = _build_field(full, given.get(spec.name, spec.default), built)
    return built


def _build_field(spec: FieldSpec, initial: object, within: FieldSet) -> FormField:
    field: FormField
    match spec.kind:
        case Group(model):
            field = GroupField(spec, build_set(model, initial), on=initial is not None)
        case Union(cases):
            field = _union(spec, initial, cases)
        case ModelList(model):
            given = initial if isinstance(initial, list | tuple) else []
            items = [build_set(model, item) for item in given or ([None] if spec.required else [])]
            field = ModelListField(spec, items, lambda: build_set(model))
        case Choice(options):
            field = ChoiceField(spec, initial, options)
        case Boolean():
            field = BooleanField(spec, initial)
        case Amount(currency):
            field = LineField(spec, initial, amount_codec(lambda: within.text_of(currency)))
        case Mapping():
            field = AreaField(spec, initial, mapping_codec(initial))
        case Typed(how, long):
            field = (AreaField if long else LineField)(spec, initial, how)
    return field


def _union(spec: FieldSpec, initial: object, cases: Sequence[Case]) -> UnionField:
    chosen = next((case for case in cases if _fits(case.model, initial)), cases[0])
    sets = {case: build_set(case.model, initial if case is chosen else None) for case in cases}
    return UnionField(spec, sets, cases.index(chosen))


def _fits(model: type[BaseModel], initial: object) -> bool:
    given = values_of(initial)
    return isinstance(initial, model) or (
        bool(given) and all(given.get(name, value) == value for name, value in constants_of(model).items())
    )
