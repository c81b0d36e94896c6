"""How the one signal handler reads a payload: it becomes a model, or one line that says what is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter

from workflows.approvals.lookups import LOOKUPS as APPROVAL_LOOKUPS
from workflows.approvals.workflow import WORKFLOWS as APPROVALS
from workflows.campaigns.lookups import LOOKUPS as CAMPAIGN_LOOKUPS
from workflows.campaigns.models import MessageSent
from workflows.campaigns.workflow import WORKFLOWS as CAMPAIGNS
from workflows.orders.models import CancelOrder, CarrierReport, PaymentConfirmation
from workflows.orders.payment_intake.models import PaymentDecided
from workflows.orders.workflow import WORKFLOWS as ORDERS
from workflows.orders.workflow import OrderWorkflow
from workflows.shared.signals import SignalReceiver, model_of, read_one, why_no_handler

CONVERTER = pydantic_data_converter.payload_converter
MONEY = {"payment_id": "p", "amount": 2500, "currency": "USD"}


def sent(*payloads: Payload) -> list[RawValue]:
    return [RawValue(payload) for payload in payloads]


def json(*values: Any) -> list[RawValue]:  # noqa: ANN401 - JSON
    return sent(*CONVERTER.to_payloads(values))


@pytest.mark.parametrize(
    "payload",
    [MONEY, MONEY | {"amount": 2500.0}, MONEY | {"status": "succeeded", "": [], "a": {}}],
)
def test_unknown_fields_are_ignored_and_whole_floats_are_integers(payload: dict[str, Any]) -> None:
    assert read_one(PaymentConfirmation, json(payload), CONVERTER) == PaymentConfirmation(
        payment_id="p", amount=2500, currency="USD"
    )


NOT_JSON = "the payload is not JSON, as its encoding says"
INTEGER = "amount: Input should be a valid integer, not "


STATUSES = "'picked', 'shipped', 'delivered', 'lost' or 'returned'"


@pytest.mark.parametrize(
    ("model", "payloads", "words"),
    [
        (PaymentConfirmation, json(MONEY | {"amount": "a lot"}), INTEGER + "'a lot'"),
        (PaymentConfirmation, json(MONEY | {"amount": "2500"}), INTEGER + "'2500'"),
        (PaymentConfirmation, json(MONEY | {"amount": 2500.5}), INTEGER + "2500.5"),
        (PaymentConfirmation, json(MONEY | {"amount": True}), INTEGER + "true"),
        (PaymentConfirmation, json(MONEY | {"amount": "x" * 9_000}), INTEGER + "'" + "x" * 39 + "…'"),
        (PaymentConfirmation, json(MONEY | {"amount": "\x1b[2J\u202e\n"}), INTEGER + "'�[2J��'"),
        (PaymentConfirmation, json({"amount": 1}), "payment_id: Field required; currency: Field required"),
        (PaymentConfirmation, json(), "it takes exactly one PaymentConfirmation, not none"),
        (PaymentConfirmation, json(MONEY, MONEY), "it takes exactly one PaymentConfirmation, not 2"),
        (PaymentConfirmation, json(None), "it takes exactly one PaymentConfirmation, as JSON"),
        (PaymentConfirmation, json(b"\x00"), "it takes exactly one PaymentConfirmation, as JSON"),
        (CancelOrder, json({"reason": "", "requested_by": "ada"}), "reason: String should have at least 1 character"),
        (
            CarrierReport,
            json({"status": "exploded"}),
            f"status: Input should be {STATUSES}, or a station on the way such as 'in_transit', not 'exploded'",
        ),
        (CancelOrder, sent(Payload(data=b"{}")), "the payload has no metadata `encoding`; send json/plain"),
        (
            CancelOrder,
            sent(Payload(metadata={"encoding": b"json/lzma"}, data=b"{}")),
            "the payload's encoding is 'json/lzma'; send json/plain",
        ),
        (
            CancelOrder,
            sent(Payload(metadata={"encoding": b"binary/null"}, data=b"{}")),
            "the payload is null, as its encoding says, and yet has data",
        ),
        (CancelOrder, sent(Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 300 + b"]" * 300)), NOT_JSON),
        (
            CancelOrder,
            sent(Payload(metadata={"encoding": b"json/plain"}, data=b"{")),
            NOT_JSON,
        ),
    ],
)
def test_what_cannot_be_taken_is_told_in_one_line(model: type[Any], payloads: list[RawValue], words: str) -> None:
    assert read_one(model, payloads, CONVERTER) == words


def test_a_line_is_bounded_whatever_was_sent() -> None:
    words = read_one(PaymentConfirmation, json(MONEY | {"currency": "Z" * 100_000}), CONVERTER)
    assert isinstance(words, str)
    assert len(words) <= 400
    assert words.startswith("currency: 'ZZZ")


def test_a_name_without_a_handler_is_told_the_nearest() -> None:
    assert why_no_handler("confirm_paymnet", list(OrderWorkflow.signal_handlers)) == (
        "there is no signal 'confirm_paymnet'; did you mean confirm_payment?"
    )
    assert why_no_handler("ship it", list(OrderWorkflow.signal_handlers)) == (
        "there is no signal 'ship it'; there are cancel_order, confirm_payment, report_shipment"
    )
    assert why_no_handler("x", []) == ("there is no signal 'x'; this workflow takes no signals")


LOOKUPS = [*APPROVAL_LOOKUPS, *CAMPAIGN_LOOKUPS]
"""They answer one question of a client within seconds, and nobody looks at them."""

MODELS = [PaymentConfirmation, CancelOrder, CarrierReport, PaymentDecided, MessageSent]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50) | st.datetimes().map(str)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=9), SCALARS, max_size=2)
ENCODINGS = st.sampled_from([b"json/plain", b"binary/plain", b"binary/null", b"json/protobuf", b"\xff", b""])


@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
def test_whatever_is_sent_is_taken_or_told_in_one_line(model: type[BaseModel], data: st.DataObject) -> None:
    fields = st.fixed_dictionaries({}, optional=dict.fromkeys(model.model_fields, VALUES))
    raw = st.builds(lambda encoding, body: Payload(metadata={"encoding": encoding}, data=body), ENCODINGS, st.binary())
    payload = data.draw(fields.map(CONVERTER.to_payload) | raw)
    read = read_one(model, sent(payload), CONVERTER)
    assert isinstance(read, model) or (isinstance(read, str) and read and read.isprintable() and len(read) <= 400)


def test_a_time_that_utc_does_not_have_is_refused() -> None:
    report = {"send_id": "S", "campaign_id": "C", "channel": "sms", "sent_at": "0001-01-01T00:00:00+14:00"}
    assert read_one(MessageSent, json(report), CONVERTER) == (
        "sent_at: it is before the year 1 or after the year 9999 in UTC"
    )


@pytest.mark.parametrize("workflow", [each for each in [*ORDERS, *APPROVALS, *CAMPAIGNS] if each not in LOOKUPS])
def test_no_workflow_has_a_signal_that_the_sdk_converts(workflow: type) -> None:
    """It would drop a signal whose payload does not fit."""
    assert issubclass(workflow, SignalReceiver)
    assert set(vars(workflow)["__temporal_workflow_definition"].signals) == {None}
    for handler in workflow.signal_handlers.values():
        assert model_of(handler).model_config["extra"] == "ignore"


@pytest.mark.parametrize("workflow_type", [*APPROVALS, *CAMPAIGNS, *ORDERS])
def test_every_workflow_that_takes_signals_records_refusals_and_acknowledgements(workflow_type: type) -> None:
    """The base class raises for both, and the workflow's task would fail for ever."""
    for name in ("_refuse_signal", "_acknowledge"):
        assert getattr(workflow_type, name, None) is not getattr(SignalReceiver, name)
