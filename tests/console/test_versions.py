"""Versions of a request side by side, and what the latest one changed."""

from datetime import UTC, datetime

from console.systems.approvals.versions import latest_changes, side_by_side
from tests.screens.frozen import EXAMPLES
from workflows.approvals.models import ApprovalState, Version

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)
STATE = ApprovalState.model_validate(EXAMPLES["approvals"]["view"]["state"])


def version(number: int, *differences: tuple[str, str | None, str | None], **fields: object) -> Version:
    known = {"content_hash": "", "returned_by": "ben", "reason": "too much", "at": NOW}
    changed = [{"field": field, "before": before, "after": after} for field, before, after in differences]
    return Version.model_validate({"version": number, **known, "differences": changed, **fields})


def state(*versions: Version) -> ApprovalState:
    return STATE.model_copy(update={"versions": list(versions), "version": len(versions) + 1})


def test_a_first_version_shows_neither() -> None:
    assert not latest_changes(state())
    assert not side_by_side(state(), 80, NOW)


def test_each_version_has_a_column_and_a_field_keeps_its_value_until_it_changes() -> None:
    vote = {"approver": "chen", "decision": "approve", "at": NOW, "level": "hr"}
    first = version(1, ("amount", "$2,100.00", "$1,840.00"), votes=[vote])
    second = version(2, ("note", None, "urgent"), reason="say [b]why[/b]")
    lines = [" ".join(line.split()) for line in side_by_side(state(first, second), 100, NOW).plain.splitlines()]
    assert lines[1:4] == [
        "field version 1 version 2 version 3",
        "amount $2,100.00 $1,840.00 $1,840.00",
        "note - - urgent",
    ]
    assert "votes that fell: chen on hr" in lines
    assert '"say [b]why[/b]"' in lines


def test_the_details_say_what_the_latest_version_changed() -> None:
    first = version(1, ("amount", "$2,100.00", "$1,840.00"))
    second = version(2, *((f"details.{number}", "a", "b") for number in range(9)), note="sorry")
    shown = latest_changes(state(first, second)).plain
    assert shown.startswith("What changed since version 2")
    assert "$2,100.00" not in shown
    assert "details.0  a → b" in shown
    assert "and 3 more" in shown
    assert '"sorry"' in shown


def test_a_long_value_stays_in_its_column() -> None:
    first = version(1, ("details.why", "w" * 120, "v" * 120))
    for width in (40, 80, 160):
        assert max(line.cell_length for line in side_by_side(state(first), width, NOW).split()) <= width
