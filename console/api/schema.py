"""OpenAPI: bodies from the payloads' own models, with the fields left out that the token says."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from console.api.kept import HEADER
from console.api.requests import RESPOND_ASYNC
from console.commands.command import AnyCommand

REFERENCE = "#/components/schemas/{model}"
ACTOR_FIELDS = frozenset({"by", "approver", "requested_by", "author"})
"""Fields that say who acts: the token does."""

PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status", "detail"],
}
IDENT = {
    "name": "ident",
    "in": "path",
    "required": True,
    "description": "the ID as people use it, percent-encoded",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "description": "the same key and body are answered the same, and take effect once",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


PREFER_PARAMETER = {
    "name": "Prefer",
    "in": "header",
    "description": f"`{RESPOND_ASYNC}`: answer 202 as soon as it is recorded; the item says later what became of it",
    "schema": {"type": "string"},
}


def command_body(command: AnyCommand) -> dict[str, Any]:
    """Return what OpenAPI says of a command's request."""
    request = {**body_of(command.payload), "x-tconsole-action": command.name}
    if command.post is None:
        return request
    parameters = [*request["parameters"], PREFER_PARAMETER]
    return {**request, "parameters": parameters, "responses": {"202": {"description": "It is recorded"}}}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a request with a model as its body."""
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}
    return {"requestBody": {"required": True, "content": content}, "parameters": [KEY_PARAMETER]}


def with_models(document: dict[str, Any], models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Return an OpenAPI document with the ``models`` that its bodies name, and with what any answer may be instead."""
    named = sorted(set(models), key=lambda model: model.__name__)
    _, definitions = models_json_schema([(model, "validation") for model in named], ref_template=REFERENCE)
    schemas = definitions.get("$defs", {})
    for schema in schemas.values():
        if "required" in schema:
            schema["required"] = [name for name in schema["required"] if name not in ACTOR_FIELDS]
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(schemas | {"Problem": PROBLEM})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    problem = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if "{ident}" in path:
                operation["parameters"] = [IDENT, *operation.get("parameters", [])]
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {"description": "A problem", "content": problem}
    return document
