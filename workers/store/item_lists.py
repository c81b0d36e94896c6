"""Lists of decisions about one business item, in one record that grows."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, JsonValue
from sqlalchemy import Connection, select, update

from workers.store.inserts import insert_new
from workers.store.schema import business_items
from workflows.shared.items import ItemRecord

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_list(connection: Connection, item_id: str, model: type[ModelT]) -> list[ModelT]:
    """Return the decisions, in their order."""
    state = connection.scalar(select(business_items.c.state).where(business_items.c.item_id == item_id))
    return [model.model_validate(each) for each in state or []]


def write_list(connection: Connection, item_id: str, decisions: Sequence[BaseModel]) -> None:
    """Write the decisions. The caller has locked what they are about."""
    state: list[JsonValue] = [each.model_dump(mode="json") for each in decisions]
    record = ItemRecord(
        sequence=len(state), status="DECIDED", finished=False, chain="", request_hash="", state=state
    ).model_dump()
    if not insert_new(connection, business_items, {"item_id": item_id, **record}):
        connection.execute(update(business_items).where(business_items.c.item_id == item_id).values(**record))
