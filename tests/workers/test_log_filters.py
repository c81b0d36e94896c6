"""What a worker writes to its log about things that are nobody's mistake but the caller's."""

import logging
from collections.abc import Iterator

import pytest
from temporalio.exceptions import ApplicationError

from workers.supervisor.log_filters import ACTIVITY, CORE, WORKFLOW, install_log_filters


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    before = {name: list(logging.getLogger(name).filters) for name in (ACTIVITY, CORE, *WORKFLOW)}
    install_log_filters()
    yield
    for name, filters in before.items():
        logging.getLogger(name).filters = filters


def fail(name: str, error: Exception, text: str = "Completing activity as failed", **extra: object) -> None:
    """Log the error as the SDK does."""
    try:
        raise error
    except type(error):
        logging.getLogger(name).warning(text, exc_info=True, extra=extra)


def test_a_refusal_is_one_line_of_information(caplog: pytest.LogCaptureFixture) -> None:
    details = {"activity_type": "find_people", "workflow_id": "approval-7"}
    fail(ACTIVITY, ApplicationError("unknown requester\nana", non_retryable=True), temporal_activity=details)
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage() == "find_people of approval-7: refused: unknown requester ana"
    assert record.exc_info is None


@pytest.mark.parametrize("error", [ApplicationError("try again"), ValueError("a mistake of ours")])
def test_a_failure_keeps_its_traceback(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    fail(ACTIVITY, error)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.exc_info is not None


def test_a_workflow_that_cannot_be_read_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    error = RuntimeError("Expected workflow input. This is a Python SDK bug.")
    fail(WORKFLOW[1], error, "Failed activation on workflow OrderWorkflow with ID order-1")
    (record,) = caplog.records
    assert record.getMessage() == "workflow OrderWorkflow with ID order-1: its input cannot be read"
    assert record.exc_info is None


@pytest.mark.parametrize(
    "said",
    [
        "[core] Query not found when attempting to respond to it {'error': 'Status { }'}",
        "[core] Failing legacy query request {'failure': 'Expected workflow input. stack_trace: ...'}",
    ],
)
def test_what_the_core_says_of_queries_is_short(caplog: pytest.LogCaptureFixture, said: str) -> None:
    logging.getLogger(CORE).warning(said)
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith("a query was ")


def test_what_else_the_core_says_stays(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger(CORE).warning("the sky falls")
    assert [record.getMessage() for record in caplog.records] == ["the sky falls"]
