"""Inputs that the workers cannot decode: no workflow stops for ever because of one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import RawValue
from temporalio.converter import DataConverter, PayloadCodec
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer

from tests.support.eventually import eventually
from tests.support.orders import Shop, open_shop, order
from tests.support.temporal import BUILD_ID, fresh
from workers.building import workflow_options
from workers.guards import GuardingRunner
from workflows.orders.client import WORKFLOW_TYPE, workflow_id
from workflows.orders.models import OrderRequest, OrderStatus
from workflows.orders.workflow import WORKFLOWS

ENCRYPTED = b"binary/encrypted"
UNKNOWN = {
    "the payload has no metadata `encoding`; send json/plain": None,
    "the payload's encoding is 'json/lzma'; send json/plain": b"json/lzma",
    "the payload's encoding is 'json/protobuf'; send json/plain": b"json/protobuf",
}
each_unknown = pytest.mark.parametrize(("words", "encoding"), UNKNOWN.items(), ids=["none", "unknown", "protobuf"])


class Reversing(PayloadCodec):
    """Stands for an encryption."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt nothing."""
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what is encrypted."""
        return [
            Payload.FromString(each.data[::-1]) if each.metadata.get("encoding") == ENCRYPTED else each
            for each in payloads
        ]


def raw(client: Client, value: object, encoding: bytes | None) -> RawValue:
    """Return a payload with that encoding; an encrypted one can be decrypted."""
    payload = client.data_converter.payload_converter.to_payload(value)
    if encoding == ENCRYPTED:
        payload = Payload(data=payload.SerializeToString()[::-1])
    payload.metadata.pop("encoding", None)
    if encoding is not None:
        payload.metadata["encoding"] = encoding
    return RawValue(payload)


@pytest.fixture
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop whose workflows run as in the product."""
    async with open_shop(client, runner=GuardingRunner()) as opened:
        yield opened


async def start(shop: Shop, encoding: bytes | None, request: OrderRequest | None = None) -> WorkflowHandle[Any, Any]:
    request = request or order()
    return await shop.client.start_workflow(
        WORKFLOW_TYPE,
        raw(shop.client, request, encoding),
        id=workflow_id(request.order_id),
        task_queue=shop.task_queue,
        task_timeout=timedelta(seconds=2),  # so long a task waits that a worker took when it left; 10 s by default
    )


@each_unknown
async def test_a_start_with_an_unknown_encoding_fails_at_once(shop: Shop, words: str, encoding: bytes | None) -> None:
    handle = await start(shop, encoding)
    with pytest.raises(WorkflowFailureError) as failure:
        await asyncio.wait_for(handle.result(), 20)
    cause = failure.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.message) == ("InvalidRequest", words)
    with pytest.raises(WorkflowQueryFailedError, match=f"the workflow failed as it began: {words}"):
        await handle.query("get_order", rpc_timeout=timedelta(seconds=20))
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=GuardingRunner(),
        data_converter=shop.client.data_converter,
        **workflow_options(),
        build_id=BUILD_ID,
    )
    await replayer.replay_workflow(await handle.fetch_history())


@each_unknown
async def test_messages_with_an_unknown_encoding_change_nothing(shop: Shop, words: str, encoding: bytes | None) -> None:
    request = await shop.start()
    handle = shop.handle(request)
    await handle.signal("cancel_order", raw(shop.client, {"reason": "no", "requested_by": "ada"}, encoding))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update("extend_payment_window", raw(shop.client, {"seconds": 5}, encoding))
    assert str(refused.value.cause) == f"InvalidRequest: {words}"
    await shop.pay(request)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_an_encrypted_update_is_refused(shop: Shop) -> None:
    request = await shop.start()
    update = raw(shop.client, {"seconds": 5}, ENCRYPTED)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await shop.handle(request).execute_update("extend_payment_window", update)
    words = "the payload is encrypted, and the workers have no codec for it"
    assert str(refused.value.cause) == f"InvalidRequest: {words}"
    await shop.pay(request)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def failed_tasks(handle: WorkflowHandle[Any, Any]) -> list[str]:
    events = (await handle.fetch_history()).events
    failures = [event.workflow_task_failed_event_attributes.failure.message for event in events]
    return [message for message in failures if message]


def with_codec(client: Client) -> Client:
    config = client.config()
    config["data_converter"] = DataConverter(
        payload_converter_class=client.data_converter.payload_converter_class, payload_codec=Reversing()
    )
    return Client(**config)


async def test_an_encrypted_start_waits_until_a_worker_has_the_codec(client: Client) -> None:
    queue = fresh("encrypted")
    async with open_shop(client, runner=GuardingRunner(), task_queue=queue) as shop:
        handle = await start(shop, ENCRYPTED)
        words, *_ = await eventually(lambda: failed_tasks(handle), bool)
        assert words == (
            "start of OrderWorkflow: the payload is encrypted, and the workers have no codec for it;"
            " tried again until they have"
        )
    async with open_shop(with_codec(client), runner=GuardingRunner(), task_queue=queue):
        await eventually(lambda: handle.query("get_status"), bool)


async def test_an_encrypted_signal_is_not_lost(client: Client) -> None:
    queue = fresh("encrypted")
    async with open_shop(client, runner=GuardingRunner(), task_queue=queue) as shop:
        request = order()
        await start(shop, b"json/plain", request)
        cancel = {"reason": "no", "requested_by": "ada"}
        await shop.handle(request).signal("cancel_order", raw(client, cancel, ENCRYPTED))
        words, *_ = await eventually(lambda: failed_tasks(shop.handle(request)), bool)
        assert words.startswith("signal cancel_order: the payload is encrypted")
    async with open_shop(with_codec(client), shop.world, runner=GuardingRunner(), task_queue=queue):
        assert (await shop.ended(request)).status == OrderStatus.CANCELLED


@pytest.mark.parametrize("written", [b"{", b"", b"\xff"])
async def test_a_start_that_is_no_json_fails_at_once(shop: Shop, written: bytes) -> None:
    payload = RawValue(Payload(metadata={"encoding": b"json/plain"}, data=written))
    with pytest.raises(WorkflowFailureError) as failure:
        await shop.client.execute_workflow(WORKFLOW_TYPE, payload, id=fresh("order"), task_queue=shop.task_queue)
    assert str(failure.value.cause) == "InvalidRequest: the payload is not JSON, as its encoding says"
