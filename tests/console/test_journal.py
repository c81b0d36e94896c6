"""The journal: what it keeps of an action, what it does not, and what survives several consoles and a crash."""

import csv
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.journal.book import Journal, JournalError, Question
from console.journal.command import WrongTimeError, listed, since_when
from console.journal.entry import NAMES, UNANSWERED_AFTER, Act, Entry, Outcome
from console.journal.files import to_csv, to_json_lines, to_text
from console.journal.secrets import MASK, without_secrets
from console.journal.undo import undo_of, why_not_asked
from console.systems.campaigns.system import CAMPAIGNS
from workflows.shared.actions import Action

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from console.journal.book import Journal
from tests.console.test_journal import act

journal = Journal(Path(sys.argv[1]))
while True:
    print(journal.sent(act(at=datetime.now(UTC))), flush=True)
"""


def act(**fields: object) -> Act:
    given: dict[str, object] = {
        "at": datetime.now(UTC),
        "who": "ada",
        "acting_as": "ada",
        "login": "root",
        "server": "127.0.0.1:7233",
        "namespace": "default",
        "action": "cancel_order",
        "title": "Cancel order",
        "noun": "order",
        "target": "ORD-1",
        "workflow_id": "order-ORD-1",
        "reason": "a duplicate",
        "call_id": "console-1",
    }
    return Act(**{**given, **fields})  # type: ignore[arg-type]


def entry(**fields: object) -> Entry:
    journal = Journal()
    journal.sent(act(**fields))
    (read,) = journal.read(Question())
    return read


def test_an_action_is_written_before_its_answer(tmp_path: Path) -> None:
    journal, other = Journal(tmp_path / "new" / "journal.sqlite"), Journal(tmp_path / "new" / "journal.sqlite")
    number = journal.sent(act(acting_as="ben"))
    (sent,) = other.read(Question())
    assert (sent.outcome, sent.answer, sent.answered_at, sent.by) == (Outcome.SENT, "", None, "ada as ben")
    at = datetime.now(UTC).replace(microsecond=0)
    journal.answered(number, Outcome.APPLIED, "$120.00 refunded", at)
    journal.happened(number, 57, at)
    (done,) = other.read(Question())
    assert (done.outcome, done.answer, done.answered_at) == (Outcome.APPLIED, "$120.00 refunded", at)
    assert (done.event_id, done.event_at, done.number) == (57, at, number)


def test_only_the_operator_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal(path).sent(act())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_reading_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    assert Journal(path).read(Question()) == []
    assert not path.exists()


def test_what_was_sent_by_a_console_that_has_ended_has_no_known_outcome() -> None:
    read = entry(at=datetime.now(UTC) - UNANSWERED_AFTER - timedelta(seconds=1))
    assert (read.outcome, "ended before" in read.answer) == (Outcome.UNKNOWN, True)


def test_a_file_that_is_no_journal_is_said(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"this is no database, and longer than the header of one " * 40)
    with pytest.raises(JournalError, match="not a database"):
        Journal(path).sent(act())


def test_entries_are_found_by_words_person_and_time() -> None:
    journal = Journal()
    journal.sent(act(at=NOW - timedelta(days=2), target="ORD-OLD"))
    journal.sent(act(at=NOW, who="chen", acting_as="chen", target="ORD-É", reason="100% _sure_ '; --"))
    for question, found in (
        (Question("CANCEL ord-é"), ["ORD-É"]),
        (Question("100% '; --"), ["ORD-É"]),
        (Question("1000"), []),
        (Question(who="ada"), ["ORD-OLD"]),
        (Question(who="root", limit=1), ["ORD-É"]),
        (Question(since=NOW - timedelta(days=1)), ["ORD-É"]),
        (Question(), ["ORD-É", "ORD-OLD"]),
    ):
        assert [read.target for read in journal.read(question)] == found


@given(st.text(max_size=80), st.text(min_size=1, max_size=40))
def test_any_text_is_kept(reason: str, target: str) -> None:
    read = entry(reason=reason, target=target)
    (line,) = to_json_lines([read])
    assert json.loads(line)["target"] == read.target
    assert read.reason == without_secrets(reason).encode("utf-8", "replace").decode()
    assert "\n" not in to_text([read])[0]
    assert next(iter(csv.reader(to_csv([read]).splitlines(keepends=True)))) == list(NAMES)


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://ada:hunter22@db/orders",
        "Authorization: Bearer abcdefgh12345678",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "xoxb-1234567890-abcdef",
        "xapp-1234567890-abcdef",
        "sk_live_abcdefghijk",
        "postgresql://ada:hunt@hunter22@db/orders",
        "sk_test_abcdefghijk",
        "whsec_abcdefghijk",
        "password=hunter22",
        "password=it's+hunter22",
        "DB_PASSWORD=hunter22",
        "SLACK_BOT_TOKEN: 'a hunter22'",
        '{"client_secret": "hunter22"}',
        "tconsole --api-key hunter22",
    ],
)
def test_a_pasted_credential_is_masked(secret: str) -> None:
    kept = without_secrets(f"see {secret} for it")
    assert MASK in kept
    assert not any(part in kept for part in ("hunter22", "12345678", "eyJzdWIi", "abcdef"))


@pytest.mark.parametrize(
    "text", ["a duplicate of ORD-20250131-143022", "https://shop/1?x=@ada", "", "token given back", "secretary: Ann"]
)
def test_a_reason_is_kept_as_it_is(text: str) -> None:
    assert without_secrets(text) == text


def test_no_cell_of_the_table_is_a_formula() -> None:
    table = list(csv.DictReader(to_csv([entry(reason="=HYPERLINK(1)", target="@x")]).splitlines()))
    assert (table[0]["reason"], table[0]["target"], table[0]["event_id"]) == ("'=HYPERLINK(1)", "'@x", "")


def test_the_command_lists_what_is_asked_for(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.answered(journal.sent(act()), Outcome.REFUSED, "it is shipped", NOW)
    journal.sent(act(target="\x1b[31mred", reason="", title="Cancel\u2028order\x9b1m"))

    def said(output: str = "text", **options: str | None) -> list[str]:
        given = {"since": None, "who": "", "find": "", **options}
        return list(listed(tmp_path, demo=False, output=output, **given))  # type: ignore[arg-type]

    newest, first = said()
    assert newest.endswith("sent      ada  cancel order red")
    assert first.endswith("refused   ada  cancel order ORD-1 (a duplicate): it is shipped")
    assert [each["target"] for each in json.loads(said("json", find="shipped")[0])] == ["ORD-1"]
    assert [json.loads(line)["number"] for line in said("jsonl")] == [2, 1]
    assert all(line.isprintable() for line in said("jsonl"))
    assert said(who="nobody") == []
    assert len(said(since="1h")) == 2


def test_a_time_is_a_span_or_a_date() -> None:
    assert since_when("24h", NOW) == NOW - timedelta(days=1)
    assert since_when("1 day 2 h", NOW) == NOW - timedelta(hours=26)
    assert since_when("2025-01-31T10:00:00Z", NOW) == NOW.replace(hour=10, minute=0)
    for wrong in ("yesterday", "", "99999999999 weeks"):
        with pytest.raises(WrongTimeError, match="such as 24h"):
            since_when(wrong, NOW)


@contextmanager
def writing(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.kill()


def test_nothing_is_lost_when_one_of_several_consoles_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with writing(path) as first, writing(path) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        numbers = [int(first.stdout.readline()) for _ in range(5)] + [int(second.stdout.readline()) for _ in range(5)]
        os.kill(first.pid, signal.SIGKILL)
        numbers += [int(line) for line in first.stdout if line.endswith("\n")]
        numbers += [int(second.stdout.readline()) for _ in range(5)]
        os.kill(second.pid, signal.SIGKILL)
        numbers += [int(line) for line in second.stdout if line.endswith("\n")]
    written = {read.number for read in Journal(path).read(Question())}
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) <= written
    assert Journal(path).sent(act()) > max(numbers)


def offered(*, enabled: bool = True) -> list[Action]:
    why = None if enabled else "it is closed"
    return [Action.of("pause", "Pause", "", None), Action.of("resume", "Resume", "goes on", why, undoes=["pause"])]


def test_what_takes_an_action_back_is_what_the_workflow_offers() -> None:
    commands = CAMPAIGNS.commands
    undo = undo_of("pause", offered(), commands)
    assert (undo.command and undo.command.name, undo.effect) == ("resume", "goes on")
    assert undo_of("pause", offered(enabled=False), commands).why_not == "resume campaign: not possible, it is closed"
    for unknown in (undo_of("cancel", offered(), commands), undo_of("pause", offered(), ())):
        assert (unknown.command, unknown.why_not) == (None, "no action takes it back")


def test_only_the_latest_action_of_a_kind_is_taken_back_by_who_did_it() -> None:
    done = replace(entry(), outcome=Outcome.APPLIED)
    assert why_not_asked(done, [], "ada") == ""
    assert why_not_asked(done, [], "ada", read_only="read-only") == "read-only"
    assert "only ada" in why_not_asked(done, [], "ben")
    assert "again" in why_not_asked(done, [done], "ada")
    assert why_not_asked(done, [replace(done, target="x", workflow_id="order-x"), entry()], "ada") == ""
    for outcome in (Outcome.SENT, Outcome.REFUSED, Outcome.UNKNOWN):
        assert "not taken effect" in why_not_asked(replace(done, outcome=outcome), [], "ada")
