"""Gauges of a run against the limits of a server, and what a pause is in its history."""

from dataclasses import replace
from datetime import timedelta

from temporalio.api.history.v1 import HistoryEvent

from console.gateway.events.description import Pause, RunDescription
from console.gateway.rows import RowKey
from console.history.limits import Gauge, gauges
from console.history.limits_screen import drawn
from console.history.state import pause_words, state_line
from tests.support.run_histories import START, event, failing, history_of

KEY = RowKey("order-1", "run")
RUN = RunDescription(KEY, "OrderWorkflow", "running", START, None, 10, 14_000)


def update(event_id: int, *, answered: bool) -> list[HistoryEvent]:
    """Return the events of an update."""
    accepted = event(event_id, 1, "workflow_execution_update_accepted")
    ended = event(event_id + 1, 1, "workflow_execution_update_completed", accepted_event_id=event_id)
    return [accepted, ended] if answered else [accepted]


def test_a_run_is_measured_by_what_was_read_and_described() -> None:
    signals = [event(30 + number, 1, "workflow_execution_signaled", signal_name="pay") for number in range(3)]
    history = history_of([*failing(), *update(21, answered=True), *update(23, answered=False), *signals])
    found = {gauge.name: (gauge.used, gauge.limit) for gauge in gauges(history, replace(RUN, events=500))}
    assert found == {
        "events": (500, 51_200),
        "history": (14_000, 50_000_000),
        "updates": (2, 2_000),
        "updates in flight": (1, 10),
        "signals": (4, 10_000),
        "activities": (0, 2_000),
    }


def test_a_gauge_says_when_a_limit_is_near_and_when_to_continue_as_new() -> None:
    history, events = history_of(failing()), replace(RUN, events=45_000, size=5_000_000)
    near, size, *_ = gauges(history, events)
    assert (near.near, near.should_continue, size.near, size.should_continue) == (True, True, False, True)
    words = drawn(near, 90).plain
    assert "45,000 of 51,200" in words
    assert "at the limit the server ends the run" in words
    assert "suggests continue-as-new from 4,096 on" in words
    assert "from 4.0 MB on" in drawn(size, 90).plain
    assert "▲" not in drawn(Gauge("updates", 3, 2_000, 1_800), 90).plain
    many = history_of([*failing(), *(one for n in range(9) for one in update(21 + 2 * n, answered=False))])
    assert "▲ 9 of 10 updates in flight" in state_line(many, RUN, complete=True).plain


def test_a_paused_run_has_not_ended_and_says_who_paused_it() -> None:
    by = "chen via [b]\x1b[31m4711@desk"
    paused = history_of([*failing(), event(21, 2, "workflow_execution_paused", identity=by, reason="the bank is down")])
    assert not paused.ended
    assert history_of([*failing(), event(21, 2, "workflow_execution_terminated")]).ended
    pause = Pause(by, START + timedelta(minutes=1), "the bank is down")
    line = state_line(paused, replace(RUN, status="paused", pause=pause), complete=True).plain
    assert "▲ paused by chen via [b]4711@desk at " in line
    assert pause_words(pause).endswith(": the bank is down")
