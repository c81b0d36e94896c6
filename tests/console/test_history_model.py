"""Events in words, their groups, and the lines of each view."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import WorkflowExecution

from console.gateway.events.description import PendingActivity
from console.gateway.events.event import Phase, Subject
from console.gateway.events.parsing import parse
from console.gateway.rows import RowKey
from console.history.axis import Axis, bar
from console.history.drawing import Drawing
from console.history.groups import Group, History
from console.history.lines import Kind, Line, View, lines_of
from tests.histories.system import FOLDER
from tests.support.run_histories import at, event, failing, failure, history_of, recorded, task
from workflows.shared.timeline import TimelineEntry

ENTRIES = [
    TimelineEntry(at=at(-60), text="created in an earlier run"),
    TimelineEntry(at=at(0.1), text="created"),
    TimelineEntry(at=at(1100.1), text="paid"),
    TimelineEntry(at=at(1105.1), text="payment failed"),
]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the local zone be UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(view: View, history: History, width: int = 100, entries: list[TimelineEntry] | None = None) -> list[str]:
    """Return the lines of a view as text, half a minute after the last event."""
    now = history.events[-1].at + timedelta(seconds=30)
    said = ENTRIES if entries is None else entries
    drawing = Drawing(view, history, now, business=30 if said else 0)
    lines = lines_of(view, history, said, now)
    return ["".join(text for text, _ in drawing.draw(line, width)).rstrip() for line in lines]


def group(history: History, name: str) -> Group:
    """Return the group of a name."""
    return next(each for each in history.groups if each.name == name)


def test_the_events_of_an_activity_are_one_group_with_its_tries_and_its_end() -> None:
    capture = group(history_of(failing()), "capture")
    assert [one.event_id for one in capture.events] == [15, 16, 17]
    assert (capture.subject, capture.phase, capture.attempts) == (Subject.ACTIVITY, Phase.FAILED, 3)
    assert capture.note == "Timeout: provider timed out"
    assert capture.span(at(9999)) == timedelta(seconds=4.8)


def test_a_signal_says_who_sent_it_a_workflow_or_a_client() -> None:
    other = WorkflowExecution(workflow_id="payment-1", run_id="r")
    by_client = parse(failing()[10])
    by_workflow = parse(event(1, 0, "workflow_execution_signaled", signal_name="x", external_workflow_execution=other))
    assert (by_client.name, by_client.by, by_client.link) == ("confirm_payment", "gateway@host", None)
    assert by_workflow.link == RowKey("payment-1", "r")


@pytest.mark.parametrize(
    ("name", "attributes", "subject", "phase"),
    [
        ("workflow_execution_terminated", {"reason": "by hand"}, Subject.RUN, Phase.FAILED),
        ("workflow_execution_continued_as_new", {}, Subject.RUN, Phase.STOPPED),
        ("workflow_task_timed_out", {"timeout_type": "TIMEOUT_TYPE_SCHEDULE_TO_START"}, Subject.TASK, Phase.STOPPED),
        ("workflow_task_timed_out", {"timeout_type": "TIMEOUT_TYPE_START_TO_CLOSE"}, Subject.TASK, Phase.FAILED),
        (
            "workflow_task_failed",
            {"cause": "WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW", "failure": failure("try again", kind="")},
            Subject.TASK,
            Phase.STOPPED,
        ),
        ("child_workflow_execution_timed_out", {"initiated_event_id": 1}, Subject.CHILD, Phase.FAILED),
        ("timer_fired", {"started_event_id": 1}, Subject.TIMER, Phase.DONE),
        (
            "workflow_execution_update_completed",
            {"accepted_event_id": 1, "outcome": {"failure": failure("no", kind="")}},
            Subject.UPDATE,
            Phase.FAILED,
        ),
    ],
)
def test_what_an_event_is_about_and_how_it_ended(
    name: str, attributes: dict[str, object], subject: Subject, phase: Phase
) -> None:
    parsed = parse(event(1, 0, name, **attributes))
    assert (parsed.subject, parsed.phase) == (subject, phase)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.json")), ids=lambda path: path.stem)
def test_every_recorded_event_has_words_and_a_line_in_each_view(path: object) -> None:
    name = str(path).removeprefix(f"{FOLDER}/").removesuffix(".json")
    history = history_of(recorded(name))
    assert all(one.kind != "unknown event" for one in history.events)
    assert sum(len(each.events) for each in history.groups) == len(history.events)
    for view in View:
        assert shown(view, history, 80, [])
    assert len([line for line in lines_of(View.EVENTS, history, [], at(0)) if line.kind is Kind.ROW]) == len(
        history.events
    )


def test_the_business_stands_beside_what_it_did_and_a_pause_is_one_line() -> None:
    assert shown(View.BUSINESS, history_of(failing())) == [
        "14:29:22  ▏created in an earlier run",
        "14:30:22                                   ✔ run started  from shop@host",
        "14:30:22  ▏created                         ✔ reserve_stock  50 ms",
        "          ·· 18 min 19 s nothing happened ··",
        "14:48:42  ▏paid                            → signal confirm_payment  from gateway@host",
        "14:48:42                                   ▲ capture  attempt 3  Timeout: provider timed out  4.8 s",
        "14:48:47  ▏payment failed",
    ]


def test_a_tree_has_the_events_of_each_thing_below_it() -> None:
    lines = shown(View.TREE, history_of(failing()))
    start = next(index for index, line in enumerate(lines) if "capture" in line)
    assert lines[start + 1 : start + 3] == [
        "          ├ +3.8 s    activity task started  attempt 3  PaymentError: timed out",
        "          └ +4.8 s    activity task failed  Timeout: provider timed out",
    ]


def test_what_is_under_way_says_its_try_its_last_failure_and_the_next_try() -> None:
    history = history_of(failing()[:15])
    retrying = PendingActivity("2", "scheduled", 4, 0, None, "provider timed out", at(1140.2), "worker@host")
    history.take_pending({"2": retrying})
    assert [each.name for each in history.failures] == ["capture"]
    assert shown(View.TREE, history)[-1] == "          └ scheduled, attempt 4, next in 10 s  provider timed out"


def test_a_pause_in_which_an_activity_ran_says_so() -> None:
    late = [*failing()[:15], event(16, 1300, "activity_task_completed", scheduled_event_id=15), *task(17, 1300)]
    assert any("without an event: capture ran" in line for line in shown(View.TREE, history_of(late)))


def test_another_day_is_said() -> None:
    two_days = [*failing()[:4], event(5, 90_000, "workflow_execution_signaled", signal_name="x")]
    assert any("── Sat 01 Feb 2025 ──" in line for line in shown(View.EVENTS, history_of(two_days)))


def test_failures_are_the_lines_of_their_groups_and_events() -> None:
    history, now = history_of(failing()), at(2000)

    def failed(view: View) -> list[Line]:
        return [line for line in lines_of(view, history, ENTRIES, now) if line.failed]

    assert all(len(failed(view)) == 1 for view in View)


def test_the_axis_leaves_pauses_out() -> None:
    axis = Axis([at(0), at(1), at(2), at(3_600), at(3_601)])
    assert axis.share(at(0)) == 0
    assert axis.share(at(3_601)) == 1
    assert axis.share(at(3_600)) - axis.share(at(2)) < 0.1
    assert [span for _, span in axis.pauses()] == [timedelta(seconds=3_598)]
    assert bar(axis, at(3_601), at(3_601), 50) == (49, 1)


def test_an_axis_of_one_moment_has_no_length() -> None:
    axis = Axis([at(0)])
    assert bar(axis, at(0), at(0), 10) == (0, 1)
