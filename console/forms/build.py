"""Which field shows which kind."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.forms import kinds
from console.forms.areas import AreaField, ManyWordsField, PairsField
from console.forms.choices import ChoiceField, FlagField
from console.forms.field import FormField
from console.forms.groups import GroupField
from console.forms.inputs import AmountField, LineField, MomentField, NumberField, WholeField, WordsField
from console.forms.rows import RowsField
from console.forms.spec import FieldSpec
from console.forms.variant import VariantField

if TYPE_CHECKING:
    from console.forms.groups import FieldSet

SIMPLE: dict[kinds.Kind, Callable[[FieldSpec, object], FormField]] = {
    kinds.Text(long=True): AreaField,
    kinds.Words(): WordsField,
    kinds.Words(long=True): ManyWordsField,
    kinds.Pairs(): PairsField,
    kinds.Flag(): FlagField,
    kinds.Whole(): WholeField,
    kinds.Whole(seconds=True): WholeField,
    kinds.Number(): NumberField,
    kinds.Moment(): MomentField,
}
"""The fields that need nothing but their specification and what they start with."""


def build_field(spec: FieldSpec, initial: object, within: "FieldSet") -> FormField:
    """Return the field for ``spec``; it starts with ``initial``."""
    field: FormField
    match spec.kind:
        case kinds.Group(model):
            field = GroupField(spec, initial, model)
        case kinds.Rows(model):
            field = RowsField(spec, initial, model)
        case kinds.Variant(cases):
            field = VariantField(spec, initial, cases)
        case kinds.Amount(currency):
            field = AmountField(spec, initial, currency=lambda: within.text_of(currency) or "")
        case kinds.Choice(options):
            field = ChoiceField(spec, initial, options)
        case kinds.Text(long=False):
            field = LineField(spec, initial, choices=within.arrangement.choices.get(spec.name, ()))
        case _:
            field = SIMPLE[spec.kind](spec, initial)
    return field
