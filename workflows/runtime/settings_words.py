"""What is wrong with a setting, in words for people."""

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

KINDS = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not a text",
    "path_type": "is not a path",
    "literal_error": "is not one of {expected}",
    "greater_than_equal": "is too little: {ge} or more",
    "less_than_equal": "is too much: {le} or less",
}
"""By pydantic's error type; the names in braces come from the error's context."""


def what_is_wrong(field: FieldInfo, error: ErrorDetails) -> str:
    """Return the value, what is wrong with it, and what would be right. A secret's value is not in it."""
    kind = error["type"]
    if kind not in KINDS:  # our own validators say all of it
        return error["msg"].removeprefix("Value error, ")
    value = "the value" if SecretStr in _parts(field.annotation) else repr(error["input"])
    right = "" if field.default is None or field.is_required() else f"; the default is {_written(field.default)}"
    return f"{value} {KINDS[kind].format_map(error.get('ctx', {}))}{right}"


def _parts(annotation: object) -> tuple[object, ...]:
    return (annotation, *getattr(annotation, "__args__", ()))


def _written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)
