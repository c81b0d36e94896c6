"""`tconsole approvals check-policy` and `explain`, as scripts see them."""

import json
import logging
import re
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.store.test_commands import ask
from workers.policy.commands import approvals_app
from workers.policy.files import FilePolicies, report_policy
from workers.store.commands import store_app
from workers.store.engine import Store
from workers.store.releases import SqlReleases
from workflows.approvals.ports import PaymentRelease

REQUEST = {"kind": "expense", "title": "New lenses", "requester": "ana", "amount": 184_000, "currency": "EUR"}
POLICY = """
[[rule]]
kind = "expense"
[[rule.level]]
name = "boss"
approvers = ["manager"]
fallback = ["group:hr"]
due = "8 working hours"
on_timeout = "escalate"
escalate_to = ["manager.manager", "{name}"]
"""


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder of the test's own, where the default store is."""
    monkeypatch.setenv("TCONSOLE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("TCONSOLE_STORE_URL", "TCONSOLE_APPROVAL_POLICY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(approvals_app, list(arguments), input=stdin)


@pytest.fixture
def sample() -> None:
    assert CliRunner().invoke(store_app, ["sample"]).exit_code == 0


def policy(tmp_path: Path, name: str) -> Path:
    file = tmp_path / "p.toml"
    file.write_text(POLICY.replace("{name}", name), encoding="utf-8")
    return file


def test_a_policy_is_checked_without_a_directory(tmp_path: Path) -> None:
    file = policy(tmp_path, "zed")
    checked = run("check-policy", str(file))
    assert (checked.exit_code, checked.stdout) == (0, f"{file}: right, 1 rule\n")
    assert "people were not checked: the company's directory is empty" in checked.stderr
    assert not (tmp_path / "store.sqlite").exists()


@pytest.mark.usefixtures("sample")
def test_a_policy_is_checked_against_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = policy(tmp_path, "Chen")
    checked = run("check-policy", str(file))
    words = f"{file}:10: escalate_to: unknown person to escalate to, Chen; did you mean chen?\n"
    assert (checked.exit_code, checked.stdout) == (1, words)
    checked = run("check-policy", str(policy(tmp_path, "chen")))
    assert (checked.exit_code, checked.stdout) == (0, f"{file}: right, 1 rule and 7 people\n")
    assert run("check-policy").stdout.endswith("sample.toml: right, 2 rules and 7 people\n")
    file.write_text("own_levels = 7\n[rates]\nbase = 3\n", encoding="utf-8")
    monkeypatch.setenv("TCONSOLE_APPROVAL_POLICY", str(file))
    checked = run("check-policy")
    assert checked.exit_code == 1
    assert checked.stdout.splitlines() == [
        f"{file}:1: own_levels: Input should be a valid boolean, unable to interpret input, not 7",
        f"{file}:2: date: it is missing",
        f"{file}:3: base: Input should be a valid string, not 3",
    ]
    assert run("check-policy", str(tmp_path / "none.toml")).stdout.endswith(
        ":1: it cannot be read: there is no such file\n"
    )


@pytest.mark.usefixtures("sample")
def test_a_chain_is_explained() -> None:
    explained = run("explain", "--input-file", "-", stdin=json.dumps(REQUEST))
    assert explained.exit_code == 0, explained.output
    first, rule, *rest = explained.stdout.splitlines()
    assert first == "expense of €1,840.00 by ana: New lenses"
    assert rule.endswith("/sample.toml:8: large spending")
    assert rest == [
        "amounts compared by the rates of 2026-10-30",
        "1. manager: ben must approve",
        "2. hr: chen or emeka must approve",
        "3. directors: dora or greta must approve",
    ]


@pytest.mark.usefixtures("sample")
def test_due_times_and_one_vote_are_explained(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST | {"requester": "ben"}), encoding="utf-8")
    lines = run("explain", "--input-file", str(file)).stdout.splitlines()
    assert lines[3:] == [
        "1. manager: dora must approve",
        "2. hr: chen or emeka must approve",
        "3. directors: greta must approve",
        "   dora may vote on an earlier level, and nobody has two votes",
    ]
    other = run("explain", "--input-file", str(file), "--policy", str(policy(tmp_path, "emeka"))).stdout.splitlines()
    assert other[2] == "1. boss: dora must approve"
    assert other[3].startswith("   due 8 working hours after it opens, 20")
    assert other[3].endswith(" UTC if it opened now; then greta and emeka may approve, too")
    answer = json.loads(run("explain", "--input-file", str(file), "-o", "json").stdout)
    assert [level["level"]["approvers"] for level in answer["levels"]] == [
        ["dora"],
        ["chen", "emeka"],
        ["dora", "greta"],
    ]
    assert (answer["rule"], answer["line"], answer["rates"]) == ("large spending", 8, "2026-10-30")


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ("{", 2, "-: it is no JSON: "),
        ("[]", 2, "-: it is no request; give one JSON object"),
        (json.dumps(REQUEST | {"currency": "DEM"}), 1, "currency: 'DEM' is not an ISO 4217 code of a currency in use"),
        (json.dumps(REQUEST | {"kind": "expenses"}), 1, "kind: unknown kind expenses, did you mean expense?"),
        (json.dumps(REQUEST | {"requester": "Ana"}), 1, "requester: unknown requester Ana; did you mean ana?"),
        (json.dumps(REQUEST | {"currency": "UAH"}), 1, "currency: the policy compares this expense with $1,000.00"),
    ],
)
def test_a_request_that_would_be_refused_says_why(given: str, code: int, words: str) -> None:
    explained = run("explain", "--input-file", "-", stdin=given)
    assert (explained.exit_code, explained.stdout) == (code, "")
    assert explained.stderr.startswith(words)


def test_a_request_is_given_once() -> None:
    for arguments in ([], ["--input", "{}", "--input-file", "-"]):
        explained = run("explain", *arguments)
        assert (explained.exit_code, explained.stderr) == (2, "--input-file FILE or --input JSON: give one of them\n")
    assert run("explain", "--input-file", "/nowhere").stderr.startswith(
        "--input-file: /nowhere cannot be read: No such"
    )


@pytest.mark.usefixtures("sample")
def test_workers_say_what_is_wrong(tmp_path: Path, data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = policy(tmp_path, "Chen")

    async def report(store: Store) -> None:
        await report_policy(FilePolicies(file), store)
        await report_policy(FilePolicies(tmp_path / "none.toml"), store)
        await report_policy(FilePolicies(None), store)

    with caplog.at_level(logging.WARNING):
        ask(data_dir, report)
    assert caplog.messages == [
        f"approval policy: {file}:10: escalate_to: unknown person to escalate to, Chen; did you mean chen?",
        f"approval policy: {tmp_path / 'none.toml'}:1: it cannot be read: there is no such file",
    ]


def test_what_is_to_be_paid_is_listed(tmp_path: Path) -> None:
    first = PaymentRelease("REQ-1/v1", "REQ-1", 1, "expense", "ana", 184_000, "USD", "c" * 64)
    second = PaymentRelease("REQ-2/v2", "REQ-2", 2, "purchase", "\x1b[1mfay", 50_000, "HUF", "d" * 64)
    nothing = run("releases")
    assert (nothing.exit_code, nothing.stdout, nothing.stderr) == (0, "", "no payment was released\n")

    async def release(store: Store) -> None:
        for each in (first, second, first):
            await SqlReleases(store).release(each)

    ask(tmp_path, release)
    lines = run("releases").stdout.splitlines()
    assert lines[0].endswith("UTC · $1,840.00 to ana · expense REQ-1, version 1 · REQ-1/v1")
    assert "\x1b" not in lines[1]
    assert len(lines) == 2
    (row, _) = map(json.loads, run("releases", "-o", "jsonl").stdout.splitlines())
    assert {"key": "REQ-1/v1", "amount": 184_000, "currency": "USD", "payee": "ana"}.items() <= row.items()
    assert datetime.fromisoformat(row["released_at"]).tzinfo is not None
    assert len(json.loads(run("releases", "-o", "json", "--since", "2026-01-01").stdout)) == 2
    assert json.loads(run("releases", "-o", "json", "--since", "2999-01-01T00:00:00Z").stdout) == []
    assert json.loads(run("releases", "-o", "json", "--since", "2999-01-01T01:00:00+01:00").stdout) == []
    wrong = run("releases", "--since", "yesterday")
    assert wrong.exit_code == 2
    assert "Value error" not in wrong.stderr
    assert "'yesterday' is no time; write it as 2026-12-01" in " ".join(re.sub("[│\n]", " ", wrong.stderr).split())
