"""Registers the search attributes that a namespace does not know yet."""

import logging

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.shared.client import CALL_TIMEOUT
from workflows.shared.summary import ATTRIBUTES

TYPES = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in ATTRIBUTES.values()}

log = logging.getLogger(__name__)


async def ensure_search_attributes(client: Client) -> bool:
    """Register missing search attributes, and return whether the namespace now knows all of them.

    Permission or room may be missing. Raises ``RPCError`` when the server cannot be reached.
    """
    try:
        missing = await missing_search_attributes(client)
        if missing:
            await _register(client, missing)
        return not missing or not await missing_search_attributes(client)
    except RPCError as error:
        if error.status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
            raise
        log.warning("search attributes of namespace %s: %s", client.namespace, error.message)
        return False


async def missing_search_attributes(client: Client) -> set[str]:
    """Return the names that the namespace does not know, or knows with another type. Raises ``RPCError``."""
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=CALL_TIMEOUT
    )
    return {name for name, kind in TYPES.items() if answer.custom_attributes.get(name) != kind}


async def _register(client: Client, names: set[str]) -> None:
    request = AddSearchAttributesRequest(
        namespace=client.namespace, search_attributes={name: TYPES[name] for name in names}
    )
    try:
        await client.operator_service.add_search_attributes(request, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:  # another process was faster
            raise
