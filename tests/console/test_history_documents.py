"""Payloads and failures in full, and two runs side by side."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes

from console.design.tone import Tone
from console.gateway.events.documents import MAX_DEPTH, Document, DocumentReader, plain_value
from console.history.comparison import Difference, Step, compare, steps_of
from console.history.text import drawn, json_lines, text_lines, wrapped
from tests.support.run_histories import at, event, failing, failure, history_of, under_way
from workflows.shared.timeline import TimelineEntry

READER = DocumentReader(pydantic_data_converter)


@pytest.mark.parametrize(
    ("encoding", "data", "expected"),
    [
        (b"json/plain", b'{"a": [1]}', {"a": [1]}),
        (b"binary/null", b"", None),
        (b"binary/plain", "ü".encode(), "ü"),
        (b"json/plain", b"{", "1 bytes, json/plain; it is not JSON"),
        (b"binary/plain", b"\xff", "1 bytes, binary/plain: ff"),
        (b"binary/encrypted", b"12345", "5 bytes, binary/encrypted; nothing here reads this encoding"),
    ],
)
def test_a_payload_is_what_it_holds_or_says_why_not(encoding: bytes, data: bytes, expected: object) -> None:
    assert plain_value(Payload(metadata={"encoding": encoding}, data=data)) == expected


async def test_a_document_has_all_fields_of_an_event_with_its_payloads_decoded() -> None:
    signal = failing()[10]
    document = await READER.read(signal.workflow_execution_signaled_event_attributes, "11", at(0))
    assert document.values == {
        "signal_name": "confirm_payment",
        "input": [{"amount": 12000}],
        "identity": "gateway@host",
    }
    timer = event(1, 0, "timer_started", timer_id="t", start_to_fire_timeout={"seconds": 90})
    read = await READER.read(timer.timer_started_event_attributes, "1")
    assert read.values == {"timer_id": "t", "start_to_fire_timeout": "90 s"}


async def test_a_chain_of_causes_ends_at_the_root() -> None:
    failed = failing()[16].activity_task_failed_event_attributes
    document = await READER.read(failed, "17")
    ((outer, inner),) = document.failures
    assert (outer.words, inner.words) == (
        "application: PaymentError: capture failed",
        "application: Timeout: provider timed out",
    )
    assert document.values["failure"] == [outer.words, inner.words]


async def test_an_endless_chain_is_cut_and_an_encoded_failure_is_decoded() -> None:
    chain = failure("root")
    for _ in range(2 * MAX_DEPTH):
        chain = failure("wrapper", chain)
    document = await READER.read(chain, "x")
    assert len(document.failures[0]) == MAX_DEPTH
    encoded = Failure()
    converter = DefaultFailureConverterWithEncodedAttributes()
    converter.to_failure(ValueError("secret"), pydantic_data_converter.payload_converter, encoded)
    assert encoded.message == "Encoded failure"
    (decoded,) = (await READER.read(encoded, "x")).failures
    assert decoded[0].message == "secret"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_what_is_shown_is_one_safe_line_each_that_fits(value: object) -> None:
    lines = wrapped(text_lines([Document("1 [b]event[/b]\x1b[2J", None, value)], at(0)), 20)
    assert all(cell_len(text) <= 20 for text, _ in lines)
    assert not any(character < " " or character == "\x7f" for text, _ in lines for character in text)


def test_json_keeps_its_indentation_and_its_names_have_a_tone() -> None:
    lines = list(json_lines({"order": {"lines": [1]}}))
    assert json.loads("\n".join(lines)) == {"order": {"lines": [1]}}
    assert drawn((lines[2], Tone.PLAIN)) == [('    "lines"', Tone.ACCENT), (": [", Tone.PLAIN)]


def entries(*texts: str) -> list[TimelineEntry]:
    """Return what the business says in the first task."""
    return [TimelineEntry(at=at(0.1), text=text) for text in texts]


def test_the_same_steps_stand_in_one_line_and_differences_are_marked() -> None:
    first = steps_of(history_of(failing()), entries("created", "paid with pay_1"), at(2000))
    other = steps_of(history_of(under_way()), entries("created", "checked", "paid with pay_2"), at(2000))
    pairs = compare(first, other, lambda one, two: one.text == two.text)
    marks = [
        (step.text or step.key.partition("\0")[2], pair.difference)
        for pair in pairs
        if (step := pair.other or pair.first) and pair.difference is not Difference.NONE
    ]
    assert marks == [
        ("checked", Difference.ONLY_OTHER),
        ("paid with pay_2", Difference.DATA),
        ("Refund", Difference.ONLY_OTHER),
        ("confirm_payment", Difference.ONLY_OTHER),
        ("capture", Difference.ONLY_OTHER),
    ]


def test_an_activity_that_took_another_number_of_tries_differs() -> None:
    once = [one for one in failing() if one.event_id != 16]
    first, other = (steps_of(history_of(events), [], at(2000)) for events in (failing(), once))
    pairs = compare(first, other, lambda _, __: True)
    (changed,) = [pair for pair in pairs if pair.difference is not Difference.NONE]
    assert changed.difference is Difference.OUTCOME
    assert changed.first is not None
    assert changed.first.group is not None
    assert changed.first.group.name == "capture"


def test_thousands_of_equal_steps_are_compared_in_a_moment() -> None:
    steps = [Step(at(number), f"picked line {number}") for number in range(6_000)]
    pairs = compare(steps, steps[:-1], lambda _, __: True)
    assert [pair.difference for pair in pairs].count(Difference.ONLY_FIRST) == 1
