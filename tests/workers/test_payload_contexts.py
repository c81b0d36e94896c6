"""Workers pass over the context of payloads only where their data converter makes nothing of it."""

import dataclasses
from collections.abc import Sequence
from typing import Self

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import PayloadCodec, SerializationContext, WithSerializationContext

from workers.guards import GuardingRunner
from workers.payload_contexts import ContextFreeRunner, runner_for


class Codec(PayloadCodec):
    """Changes nothing."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads."""
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads."""
        return list(payloads)


class ContextualCodec(Codec, WithSerializationContext):
    """Depends on whose payloads they are."""

    def with_context(self, context: SerializationContext) -> Self:  # noqa: ARG002 - any
        """Return the codec for that context."""
        return type(self)()


def test_a_converter_without_contexts_is_not_given_them() -> None:
    assert runner_for(pydantic_data_converter) is ContextFreeRunner
    assert runner_for(dataclasses.replace(pydantic_data_converter, payload_codec=Codec())) is ContextFreeRunner


def test_a_codec_that_takes_contexts_is_given_them() -> None:
    assert runner_for(dataclasses.replace(pydantic_data_converter, payload_codec=ContextualCodec())) is GuardingRunner
