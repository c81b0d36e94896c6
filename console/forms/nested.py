"""The fields of one model, and models within models."""

from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import BaseModel
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Collapsible, Label, Switch

from console.forms.choices import YesNo
from console.forms.field import FormField, Loc, Problems
from console.forms.spec import MISSING, FieldSpec


class FieldSet(Vertical):
    """The fields of one model, one below the other; ``fixed`` are the values that nobody is asked for."""

    DEFAULT_CSS = """
    FieldSet {
        height: auto;
        & > Collapsible {
            background: transparent; border: none; padding: 0;
            & > CollapsibleTitle {
                width: 1fr; padding: 0; color: $text-muted; background: transparent;
                text-wrap: nowrap; text-overflow: ellipsis;
            }
            & > CollapsibleTitle:focus { color: $text-accent; background: $field-focus; }
            & > Contents { padding: 0; }
        }
    }
    """

    def __init__(self, fixed: Mapping[str, object], more: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.fields: dict[str, FormField] = {}
        self.fixed = fixed
        self._more = more

    def compose(self) -> ComposeResult:
        """Lay out the fields, those under "More" last."""
        more = [shown for name, shown in self.fields.items() if name in self._more]
        yield from (shown for shown in self.fields.values() if shown not in more)
        if more:
            labels = [shown.spec.label for shown in more]
            title = ", ".join(label[:1].lower() + label[1:] for label in labels)
            yield Collapsible(*more, title=f"More: {title}")

    def read(self, problems: Problems) -> dict[str, object]:
        """Return the values by name, without those that nobody gave."""
        values = {name: shown.read(problems) for name, shown in self.fields.items()}
        return {**self.fixed, **{name: value for name, value in values.items() if value is not MISSING}}

    def locate(self, owner: FormField | None, loc: Loc) -> tuple[FormField | None, Loc]:
        """Return the field that shows an error at ``loc``; ``owner`` shows what belongs to none of them."""
        if loc and str(loc[0]) in self.fields:
            return self.fields[str(loc[0])].locate(loc[1:])
        return owner, ()

    def propose(self, loc: Loc, choices: Sequence[str]) -> None:
        """Let the field at ``loc`` propose texts."""
        if loc and str(loc[0]) in self.fields:
            self.fields[str(loc[0])].propose(loc[1:], choices)

    def text_of(self, name: str) -> str:
        """Return the text of the field ``name`` here or in a field set around this one, empty if there is none."""
        if name in self.fields:
            return self.fields[name].text or ""
        if name in self.fixed:
            return str(self.fixed[name])
        around = next((other for other in self.ancestors if isinstance(other, FieldSet)), None)
        return around.text_of(name) if around else ""


class NestedField(FormField):
    """A field with fields of its own."""

    DEFAULT_CSS = """
    NestedField {
        margin: 1 0;
        &:first-child { margin: 0 0 1 0; }
        & > .form--title { height: 1; width: 1fr; color: $text-primary; text-style: bold; }
        & > .form--heading {
            height: 1; layout: horizontal;
            & > .form--title { width: 22; color: $text-primary; text-style: bold; }
            & > Select { width: 1fr; }
            & > Select > SelectCurrent { background: $field; padding: 0 1; }
            & > Select:focus > SelectCurrent { background: $field-focus; }
        }
        & > .form--hint { padding: 0; }
        &.-invalid > .form--title { color: $text-error; }
    }
    """

    shown_set: FieldSet
    """The fields to read."""

    def title(self) -> Label:
        """Return the line above the fields."""
        return Label(Content(self.spec.label), classes="form--title")

    def read(self, problems: Problems) -> object:
        """Return the fields' values."""
        return self.shown_set.read(problems)

    def propose(self, loc: Loc, choices: Sequence[str]) -> None:
        """Let one of the fields propose texts."""
        self.shown_set.propose(loc, choices)

    def locate(self, loc: Loc) -> tuple[FormField, Loc]:
        """Look among the fields."""
        found, rest = self.shown_set.locate(self, loc)
        return found or self, rest


class GroupField(NestedField):
    """A model within the model, under its own title; an optional one has a switch."""

    DEFAULT_CSS = "GroupField.-off > FieldSet { display: none; }"

    def __init__(self, spec: FieldSpec, fields: FieldSet, *, on: bool) -> None:
        super().__init__(spec)
        self.set_class(spec.nullable and not on, "-off")
        self.shown_set = fields
        self._switch = YesNo(value=on) if spec.nullable else None

    def compose(self) -> ComposeResult:
        """Lay out title, switch and fields."""
        if self._switch is None:
            yield self.title()
        else:
            with Vertical(classes="form--heading"):
                yield self.title()
                yield self._switch
        yield self._hint
        yield self.shown_set

    def read(self, problems: Problems) -> object:
        """Return the fields' values, or None when it is switched off."""
        return super().read(problems) if self._switch is None or self._switch.value else None

    @on(Switch.Changed)
    def _switched(self, event: Switch.Changed) -> None:
        if self._switch is not None and event.switch.parent is self._switch:
            event.stop()
            self.set_class(not event.value, "-off")


def values_of(value: object) -> Mapping[str, object]:
    """Return the fields of a model or a mapping by name; nothing for anything else."""
    if isinstance(value, BaseModel):
        return dict(value)
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
