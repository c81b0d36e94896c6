"""The audit trail as a file: nothing is lost, changes show without a server, and no cell is a formula."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers.policy.commands import approvals_app
from workflows.approvals.audit import broken_at, next_entry
from workflows.approvals.models import AuditEntry, AuditTrail
from workflows.approvals.trail_files import UnreadableTrailError, from_json_lines, to_csv, to_json_lines
from workflows.shared.csv_cells import as_cell

TEXTS = ("asked", "two\nlines, and\u2028a third", '=HYPERLINK("x")', "@channel", "-1", "größer")


@pytest.fixture
def trail() -> AuditTrail:
    entries: list[AuditEntry] = []
    for text in TEXTS:
        at = datetime(2025, 1, 31, 15, 30, 22, 123456, tzinfo=UTC)
        entries.append(next_entry("REQ/1", entries, at=at, actor="+ana", action="comment", detail=text))
    return AuditTrail(request_id="REQ/1", entries=entries)


def verified(tmp_path: Path, text: str) -> tuple[int, str]:
    file = tmp_path / "trail.jsonl"
    file.write_text(text, encoding="utf-8")
    run = CliRunner().invoke(approvals_app, ["verify-trail", str(file)])
    return run.exit_code, run.output.replace(str(file), "FILE")


def test_it_is_the_same_when_it_is_read_again(trail: AuditTrail, tmp_path: Path) -> None:
    again = from_json_lines(to_json_lines(trail))
    assert again == trail
    assert verified(tmp_path, to_json_lines(trail)) == (
        0,
        f"REQ/1: whole, 6 entries, the last hash is {trail.entries[-1].hash}\n",
    )


def test_a_changed_file_says_where(trail: AuditTrail, tmp_path: Path) -> None:
    lines = to_json_lines(trail).split("\n")
    lines[2] = lines[2].replace("HYPERLINK", "HARMLESS")
    assert broken_at(from_json_lines("\n".join(lines))) == 3
    words = "entry 3 of 6 does not follow from those before it; it, or one before it, was changed"
    assert verified(tmp_path, "\n".join(lines)) == (1, f"REQ/1: {words}\n")


@pytest.mark.parametrize(
    ("forged", "words"),
    [('"actor":"zed","actor":', "actor is there twice"), ('"signed_by":"zed","actor":', "signed_by: Extra inputs")],
)
def test_what_no_hash_covers_is_refused(trail: AuditTrail, forged: str, words: str) -> None:
    text = to_json_lines(trail).replace('"actor":', forged, 1)
    with pytest.raises(UnreadableTrailError, match=f"line 1 is no entry of an audit trail: {words}"):
        from_json_lines(text)


def test_a_forged_file_writes_no_control_characters(trail: AuditTrail, tmp_path: Path) -> None:
    forged = to_json_lines(trail).replace("REQ/1", r"\u001b]0;x\u0007\u202e")
    code, said = verified(tmp_path, forged)
    assert (code, said.rstrip("\n").isprintable()) == (1, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty; a trail has at least its first entry"),
        ("{}", "line 1 is no entry of an audit trail: sequence: Field required"),
        ("no JSON", "line 1 is no entry of an audit trail: "),
    ],
)
def test_what_is_no_trail_is_refused(text: str, words: str, tmp_path: Path) -> None:
    code, said = verified(tmp_path, text)
    assert code == 1
    assert said.startswith(f"FILE: {words}")
    assert "Traceback" not in said


def test_two_requests_in_one_file_are_refused(trail: AuditTrail) -> None:
    other = to_json_lines(trail).replace("REQ/1", "REQ/2")
    with pytest.raises(UnreadableTrailError, match=r"line 7 is of request REQ/2, and the first of REQ/1"):
        from_json_lines(to_json_lines(trail) + other)


def test_no_cell_of_the_table_is_a_formula(trail: AuditTrail) -> None:
    names, *rows = csv.reader(to_csv(trail).splitlines(keepends=True))
    details = [row[names.index("detail")] for row in rows]
    assert details == ["asked", TEXTS[1], '\'=HYPERLINK("x")', "'@channel", "'-1", "größer"]
    assert {row[names.index("actor")] for row in rows} == {"'+ana"}
    assert [json.loads(row[names.index("sequence")]) for row in rows] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("start", ["\n=", "\r=", "\t=", "\uff1d"])
def test_what_is_cut_off_before_a_formula_does_not_begin_a_cell(start: str) -> None:
    assert as_cell(f"{start}1+1") == f"'{start}1+1"
