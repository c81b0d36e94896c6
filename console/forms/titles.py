"""Fields in a refusal, by the titles that the form gives them: ``line 1, SKU`` for ``lines.0.sku``."""

import re
from collections.abc import Iterator, Sequence
from typing import get_args

from pydantic import BaseModel

from console.forms.spec import FieldSpec

PATH = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*")
"""A field's place in a model, as refusals name it."""


def in_titles(words: str, model: type[BaseModel]) -> str:
    """Return a refusal such as ``lines.0.sku: too long; lines: too many`` with the titles of the model's fields."""
    return "; ".join(_part_in_titles(part, model) for part in words.split("; "))


def _part_in_titles(part: str, model: type[BaseModel]) -> str:
    path, colon, why = part.partition(": ")
    names = path.split(".")
    if not colon or not PATH.fullmatch(path) or names[0] not in model.model_fields:
        return part
    return f"{', '.join(_titles(names, model))}: {why}"


def _titles(names: Sequence[str], model: type[BaseModel]) -> Iterator[str]:
    models, title = [model], ""
    for name in names:
        if title and name.isdigit():
            title = f"{title.removesuffix('s')} {int(name) + 1}"
            continue
        if title:
            yield title
        info = next((each.model_fields[name] for each in models if name in each.model_fields), None)
        title = name if info is None else _in_a_sentence(FieldSpec.of(name, info, (), nullable=False).label)
        models = [] if info is None else list(_models(info.annotation))
    yield title


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models in a type, such as those of a list's items."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _in_a_sentence(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
