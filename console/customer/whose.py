"""Whose a row is."""

from typing import Any

from console.gateway.gateway import Gateway
from console.gateway.rows import Row, read_row
from console.systems.system import ConsoleSystem
from workflows.shared.errors import NotFoundError
from workflows.shared.list_filter import quote, searchable
from workflows.shared.summary import Summary

CANDIDATES = 20
"""Runs of the item that are looked at."""


def has_person(kind: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any]) -> bool:
    """Return whether workflows of a type belong to a person, themselves or through their item."""
    return kind.person is not None or (kind.belongs_to is not None and tab.person is not None)


async def person_of(gateway: Gateway, kind: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any], row: Row) -> str:
    """Return whose a row is; the item to which it belongs is read for that.

    Raises:
        NotFoundError: it belongs to an item that is not there, or to nobody.
        CallError: the item could not be read.
    """
    owner = row.owner
    if kind.person is None:
        if kind.belongs_to is None or tab.person is None:
            raise NotFoundError(f"a {kind.noun} is no single person's")
        owner = await _owner_of_item(gateway, tab, kind.belongs_to(row))
    if not owner:
        raise NotFoundError(f"nobody knows whose {kind.noun} {row.business_id} is")
    return owner


async def _owner_of_item(gateway: Gateway, tab: ConsoleSystem[Any, Any], business_id: str) -> str:
    workflow_id = f"{tab.kind.id_prefix}{business_id}"
    if not searchable(workflow_id):
        summary: Summary = await gateway.domain(tab.client).get_summary(workflow_id)
        return summary.owner
    page = await gateway.list_page(f"WorkflowId = {quote(workflow_id)}", size=CANDIDATES)
    rows = [await read_row(info, tab.kind, gateway.converter) for info in page.executions]
    if not rows:
        raise NotFoundError(f"there is no {tab.noun} {business_id}, so nobody knows whose it is")
    return max(rows, key=lambda row: row.rank).owner
