"""The data converter: Temporal's own for pydantic, but with parts that the whole process shares.

The SDK makes a converter for each activation of a workflow. Each would build its type adapters anew, and with them the
schemas of models that nothing but a converter reads.
"""

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter

_PARTS = tuple(PydanticPayloadConverter().converters.values())


class SharedPayloadConverter(CompositePayloadConverter):
    """Writes and reads what pydantic can."""

    def __init__(self) -> None:
        super().__init__(*_PARTS)


DATA_CONVERTER = DataConverter(payload_converter_class=SharedPayloadConverter)
