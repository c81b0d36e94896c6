"""The search attributes of the namespace, for list filters that an operator types."""

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from console.gateway.health import CALL_TIMEOUT

PREFIX = "INDEXED_VALUE_TYPE_"


async def read_attributes(client: Client) -> dict[str, str]:
    """Return the types of the search attributes by name, such as ``KeywordList``. Raises ``RPCError``."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    answer = await client.operator_service.list_search_attributes(request, timeout=CALL_TIMEOUT)
    return {name: _type_name(value) for name, value in {**answer.system_attributes, **answer.custom_attributes}.items()}


def _type_name(value: IndexedValueType.ValueType) -> str:
    return IndexedValueType.Name(value).removeprefix(PREFIX).title().replace("_", "")
