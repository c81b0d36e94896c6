"""What processes say to each other, and how they know each other."""

import os
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.start.state import Server, SessionState, newsworthy
from workflows.runtime.backoff import Backoff
from workflows.runtime.health import SupervisorReport, WorkerHealth
from workflows.runtime.identity import is_gone, own_identity

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("form", ["{}@{}", "workers-{}@{}", "temporal-cli:ada@x-{}@{}"])
def test_an_identity_tells_whether_its_process_is_gone(form: str) -> None:
    host, ended = socket.gethostname(), 2**22 + 1  # above Linux's largest process ID
    assert not is_gone(own_identity("workers"))
    assert not is_gone(form.format(os.getpid(), host))
    assert is_gone(form.format(ended, host))
    assert not is_gone(form.format(ended, "desk")), "of other hosts nothing is known"


@pytest.mark.parametrize("identity", ["", "a worker", "x@desk"])
def test_other_identities_name_no_process(identity: str) -> None:
    assert not is_gone(identity)


def test_pauses_grow_to_a_limit_and_start_anew_after_health() -> None:
    backoff = Backoff(first=1, most=5, healthy_after=60)
    assert [backoff.pause(ran_for=0) for _ in range(4)] == [1, 2, 4, 5]
    assert backoff.pause(ran_for=60) == 1


def state(**changes: object) -> SessionState:
    """Return a session's state with one worker."""
    worker = WorkerHealth(name="orders", task_queue="q", state="polling", since=NOW).model_copy(update=changes)
    at = changes.get("at", NOW)
    report = SupervisorReport(pid=1, at=NOW, workers=[worker], services={}, store="sqlite", search_attributes=True)
    server = Server("localhost:7233", "default", None, embedded=True)
    return SessionState(server, report=report.model_copy(update={"at": at}))


def test_counts_and_times_are_no_news_but_states_are() -> None:
    assert not newsworthy(state(), state(running=5, done=9, at=NOW + timedelta(seconds=1)))
    assert newsworthy(state(), state(state="restarting"))
    assert newsworthy(state(), SessionState(state().server))


def test_a_warning_of_our_workers_is_news_and_a_notice() -> None:
    report = state().report
    assert report is not None
    warned = replace(state(), report=report.model_copy(update={"warning": "two stores"}))
    assert newsworthy(state(), warned)
    assert (state().notice, warned.notice) == ("", "two stores")
    assert replace(warned, server_notice="starts again").notice == "starts again"
