"""The fields of one model, and models within models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Collapsible, Label, Switch

from console.forms.choices import YesNo
from console.forms.field import FormField, Loc, Reading, TitledField, values_of
from console.forms.spec import MISSING, FieldSpec, fields_of


@dataclass(frozen=True)
class FormLayout:
    """How a model is laid out as a form; all names are those of its fields."""

    fixed: Mapping[str, object] = field(default_factory=dict)
    """Values that nobody is asked for."""
    more: frozenset[str] = frozenset()
    """Fields that stand under "More", folded away at first."""
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Texts that a field proposes; others may be typed."""


class FieldSet(Vertical):
    """The fields of one model, one below the other."""

    DEFAULT_CSS = """
    FieldSet {
        height: auto;
        & > Collapsible {
            background: transparent; border: none; padding: 0;
            & > CollapsibleTitle {
                width: 1fr; padding: 0; color: $text-muted; background: transparent;
                text-wrap: nowrap; text-overflow: ellipsis;
            }
            & > CollapsibleTitle:focus { color: $text-accent; background: $accent 18%; }
            & > Contents { padding: 0; }
        }
    }
    """

    def __init__(self, model: type[BaseModel], initial: object = None, layout: FormLayout | None = None) -> None:
        from console.forms.build import build_field

        super().__init__()
        self.arrangement = layout or FormLayout()
        self._initial = values_of(initial)
        self._fixed = {**constants_of(model), **self.arrangement.fixed}
        self.fields: dict[str, FormField] = {
            spec.name: build_field(spec, self._initial.get(spec.name, spec.default), self)
            for spec in fields_of(model)
            if spec.name not in self._fixed
        }

    def compose(self) -> ComposeResult:
        """Lay the fields out, those that are rarely needed last."""
        more = [name for name in self.fields if name in self.arrangement.more]
        yield from (shown for name, shown in self.fields.items() if name not in more)
        if more:
            yield Collapsible(*(self.fields[name] for name in more), title=_more_title(self.fields, more))

    def read(self, reading: Reading) -> dict[str, object]:
        """Return the values by name, without those that nobody gave."""
        values = {name: shown.read(reading) for name, shown in self.fields.items()}
        return {**self._fixed, **{name: value for name, value in values.items() if value is not MISSING}}

    def locate(self, owner: FormField | None, loc: Loc) -> tuple[FormField | None, Loc]:
        """Return the field that shows an error at ``loc``; ``owner`` shows what belongs to none of them."""
        if loc and str(loc[0]) in self.fields:
            return self.fields[str(loc[0])].locate(loc[1:])
        return owner, ()

    def text_of(self, name: str) -> str | None:
        """Return what stands in the field ``name`` here, or around here; None when there is none."""
        from console.forms.typed import TypedField

        shown = self.fields.get(name)
        if isinstance(shown, TypedField):
            return shown.text
        if name in self._fixed:
            return str(self._fixed[name])
        around = next((other for other in self.ancestors if isinstance(other, FieldSet)), None)
        return around.text_of(name) if around else None


class GroupField(TitledField):
    """A model within the model, under its own title; one that may be left out has a switch."""

    DEFAULT_CSS = "GroupField.-off > FieldSet { display: none; }"

    def __init__(self, spec: FieldSpec, initial: object, model: type[BaseModel]) -> None:
        super().__init__(spec)
        self.set = FieldSet(model, initial)
        self._switch = YesNo(value=initial is not None) if spec.nullable else None

    def compose(self) -> ComposeResult:
        """Lay out title, switch and fields."""
        title = Label(Content(self.spec.label), classes="form--title")
        if self._switch is None:
            yield title
        else:
            with Vertical(classes="form--heading"):
                yield title
                yield self._switch
            self.set_class(not self._switch.value, "-off")
        yield self._hint
        yield self.set

    def read(self, reading: Reading) -> object:
        """Return the fields' values, or None when it is switched off."""
        if self._switch is not None and not self._switch.value:
            return None
        return self.set.read(reading)

    def locate(self, loc: Loc) -> tuple[FormField, Loc]:
        """Look among the fields."""
        found, rest = self.set.locate(self, loc)
        return found or self, rest

    @on(Switch.Changed)
    def _switched(self, event: Switch.Changed) -> None:
        if self._switch is not None and event.switch.parent is self._switch:
            event.stop()
            self.set_class(not event.value, "-off")


def constants_of(model: type[BaseModel]) -> dict[str, object]:
    """Return the fields that have one value only, such as a discriminator, with it."""
    return {
        name: get_args(info.annotation)[0]
        for name, info in model.model_fields.items()
        if get_origin(info.annotation) is Literal and len(get_args(info.annotation)) == 1
    }


def _more_title(fields: Mapping[str, FormField], more: Sequence[str]) -> str:
    labels = [fields[name].spec.label for name in more]
    return f"More: {', '.join(label[:1].lower() + label[1:] for label in labels)}"
