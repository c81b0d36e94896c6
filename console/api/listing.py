"""A page of a list over HTTP."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from console.api.problems import ProblemError
from console.export.records import RowRecord
from console.gateway.decoding import RowDecoder
from console.gateway.gateway import Gateway
from console.gateway.query import filtered
from console.gateway.rows import Row
from console.systems.system import ConsoleSystem
from console.twin.payload import UsageError
from console.twin.rows import MAX_PAGE, Wanted, row_filter
from workflows.shared.errors import RefusedError

USUAL = 100
FLAGS = ("attention", "mine")
TEXTS = ("stage", "owner", "filter", "query", "cursor")
PARAMETERS = (*TEXTS, *FLAGS, "limit")
TRUE, FALSE = {"true", "1", "yes"}, {"false", "0", "no", ""}


async def list_rows(
    gateway: Gateway, system: ConsoleSystem[Any, Any], parameters: Mapping[str, str]
) -> dict[str, object]:
    """Return one page, open items first, then the newest first: ``items``, and ``next`` as the cursor of the next page.

    Of an item whose runs lie on two pages both are there.

    Raises:
        ProblemError: a parameter is wrong.
        CallError: the server did not answer.
    """
    wanted = wanted_of(parameters)
    if wanted.stage is not None and wanted.stage not in {stage.name for stage in system.stages}:
        known = ", ".join(stage.name for stage in system.stages)
        raise ProblemError(400, f"stage: {system.name} have the stages {known}")
    try:
        chosen = row_filter(wanted, gateway.operator)
    except UsageError as error:
        raise ProblemError(400, str(error).replace("--", "")) from error
    token = _token(parameters.get("cursor", ""))
    try:
        page = await gateway.list_page(filtered(system.kind, chosen.server), token, wanted.limit)
    except RefusedError as error:
        raise ProblemError(400, str(error)) from error
    rows = await RowDecoder(gateway, lambda _: system.kind).decode(page.executions)
    best: dict[str, Row] = {}
    for row in chosen.rows(rows):
        known_row = best.setdefault(row.key.workflow_id, row)
        if row.rank > known_row.rank:
            best[row.key.workflow_id] = row
    cursor = urlsafe_b64encode(page.next_page_token).decode() or None
    return {"items": [RowRecord.of(row).model_dump(mode="json") for row in best.values()], "next": cursor}


def wanted_of(parameters: Mapping[str, str]) -> Wanted:
    """Return which rows the parameters of a request want. Raises ``ProblemError``."""
    unknown = [name for name in parameters if name not in PARAMETERS]
    if unknown:
        raise ProblemError(400, f"{unknown[0]} is no parameter; known are {', '.join(PARAMETERS)}")
    limit = parameters.get("limit", str(USUAL))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MAX_PAGE):
        raise ProblemError(400, f"limit must be a whole number from 1 to {MAX_PAGE:,}")
    flags = {name: _flag(name, parameters.get(name, "")) for name in FLAGS}
    return Wanted(
        stage=parameters.get("stage"),
        owner=parameters.get("owner"),
        attention=flags["attention"],
        mine=flags["mine"],
        text=parameters.get("filter", ""),
        query=parameters.get("query"),
        limit=int(limit),
    )


def parameters_schema() -> dict[str, Any]:
    """Return the parameters for OpenAPI."""
    texts = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in TEXTS]
    flags = [{"name": name, "in": "query", "schema": {"type": "boolean"}} for name in FLAGS]
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": USUAL}
    return {"parameters": [*texts, *flags, {"name": "limit", "in": "query", "schema": limit}]}


def _flag(name: str, text: str) -> bool:
    value = text.lower()
    if value not in TRUE | FALSE:
        raise ProblemError(400, f"{name} must be true or false")
    return value in TRUE


def _token(cursor: str) -> bytes:
    try:
        return urlsafe_b64decode(cursor.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        raise ProblemError(400, "cursor must be the next of the page before") from None
