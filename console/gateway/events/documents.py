"""Everything in an event as plain values, its payloads decoded, and its failures as chains of causes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter, PayloadCodec

FAILURE_INFO = "_failure_info"
ENCODED_FAILURE = "Encoded failure"
MAX_DEPTH = 50
"""Of causes: a chain from outside may be of any length."""


@dataclass(frozen=True)
class Cause:
    """One failure of a chain. ``kind`` is what failed, such as ``activity``; ``type`` the error's own type."""

    kind: str
    type: str
    message: str
    facts: str = ""
    stack: str = ""

    @property
    def words(self) -> str:
        """The failure in one line."""
        return ": ".join(part for part in (self.kind, self.type, self.message) if part)


@dataclass(frozen=True)
class Document:
    """One event or pending activity in full: ``values`` are plain, ready for JSON."""

    title: str
    at: datetime | None
    values: Any
    failures: Sequence[Sequence[Cause]] = ()


class DocumentReader:
    """Reads messages of the server with the payload converter, and the codec, of a connection."""

    def __init__(self, converter: DataConverter) -> None:
        self._codec: PayloadCodec | None = converter.payload_codec

    async def read(self, message: Message, title: str, at: datetime | None = None) -> Document:
        """Return a message in full. A payload that cannot be decoded says why in its place."""
        copy = type(message)()
        copy.CopyFrom(message)
        failures: list[Failure] = []
        values = await self._values(copy, failures)
        return Document(title, at, values, [await self._chain(failure) for failure in failures])

    async def _values(self, message: Message, failures: list[Failure]) -> Any:  # noqa: ANN401 - any JSON
        match message:
            case Payload():
                return (await self._decoded([message]))[0]
            case Payloads():
                return await self._decoded(message.payloads)
            case Timestamp():
                return message.ToDatetime(tzinfo=UTC).isoformat()
            case Duration():
                return f"{message.seconds + message.nanos / 1e9:g} s"
            case Failure():
                failures.append(message)
                return [cause.words for cause in await self._chain(message)]
        return {field.name: await self._field(field, value, failures) for field, value in message.ListFields()}

    async def _field(self, field: FieldDescriptor, value: Any, failures: list[Failure]) -> Any:  # noqa: ANN401 - any
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            return {str(key): await self._single(field, value[key], failures) for key in value}
        if field.is_repeated:
            return [await self._single(field, item, failures) for item in value]
        return await self._single(field, value, failures)

    async def _single(self, field: FieldDescriptor, value: Any, failures: list[Failure]) -> Any:  # noqa: ANN401 - any
        if isinstance(value, Message):
            return await self._values(value, failures)
        if field.enum_type is not None:
            known = field.enum_type.values_by_number.get(value)
            return known.name if known is not None else value
        return value.hex() if isinstance(value, bytes) else value

    async def _decoded(self, payloads: Sequence[Payload]) -> list[Any]:
        if self._codec is not None:
            try:
                payloads = await self._codec.decode(payloads)
            except Exception as error:  # noqa: BLE001 - a codec may fail in any way
                return [f"{_described(payload)}; the codec failed: {error}" for payload in payloads]
        return [plain_value(payload) for payload in payloads]

    async def _chain(self, failure: Failure) -> list[Cause]:
        chain: list[Cause] = []
        while len(chain) < MAX_DEPTH:
            chain.append(await self._cause(failure))
            if not failure.HasField("cause"):
                break
            failure = failure.cause
        return chain

    async def _cause(self, failure: Failure) -> Cause:
        message, stack = failure.message, failure.stack_trace
        if failure.HasField("encoded_attributes") and message == ENCODED_FAILURE:
            attributes = (await self._decoded([failure.encoded_attributes]))[0]
            if isinstance(attributes, dict):
                message, stack = str(attributes.get("message", message)), str(attributes.get("stack_trace", stack))
        field = failure.WhichOneof("failure_info") or ""
        info: Any = getattr(failure, field, None)
        kind = field.removesuffix(FAILURE_INFO).replace("_", " ")
        return Cause(kind, _type(info), message, await self._facts(info), stack)

    async def _facts(self, info: Any) -> str:  # noqa: ANN401 - information of any failure
        """Return the rest of what is known of a failure, in words."""
        if info is None:
            return ""
        facts = []
        for field, value in info.ListFields():
            if field.name == "type":
                continue
            worth = await self._field(field, value, [])
            facts.append(f"{field.name.replace('_', ' ')} {worth if isinstance(worth, str) else json.dumps(worth)}")
        return " · ".join(facts)


def _type(info: Any) -> str:  # noqa: ANN401 - information of any failure
    return getattr(info, "type", "")


def plain_value(payload: Payload) -> Any:  # noqa: ANN401 - any JSON
    """Return what a payload holds; words on its size where it is not text."""
    match payload.metadata.get("encoding", b"").decode(errors="replace"):
        case "binary/null":
            return None
        case "json/plain" | "json/protobuf":
            try:
                return json.loads(payload.data)
            except ValueError:
                return f"{_described(payload)}; it is not JSON"
        case "binary/plain":
            try:
                return payload.data.decode()
            except ValueError:
                return f"{_described(payload)}: {payload.data[:64].hex(' ')}"
        case _:
            return f"{_described(payload)}; nothing here reads this encoding"


def _described(payload: Payload) -> str:
    encoding = payload.metadata.get("encoding", b"no encoding").decode(errors="replace")
    return f"{len(payload.data):,} bytes, {encoding}"
