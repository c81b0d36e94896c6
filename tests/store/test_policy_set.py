"""`tconsole policy set` and `show`, as scripts see them."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from workers.caps.policy_commands import policy_app
from workers.store.migrate import open_store
from workers.store.users import upsert_users
from workflows.campaigns.models import Preferences
from workflows.campaigns.ports import User
from workflows.runtime.embedded import RUN, demo_folder, server_process

RULE = '[[rules]]\nname = "1 a day on sms"\nlimit = 1\nwindow = { calendar = "day" }\nchannel = "sms"\n'


@pytest.fixture
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a store of three users, of whom one has caps of their own."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv("TCONSOLE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TCONSOLE_STORE_URL", url)
    monkeypatch.delenv("TCONSOLE_OPERATOR", raising=False)
    store = await open_store(url)
    users = [User(f"U{number}", f"u{number}@example.com", "", "UTC", Preferences()) for number in range(3)]
    await store.write(upsert_users, [(user, []) for user in users])
    await store.write(
        lambda connection: connection.exec_driver_sql(
            "INSERT INTO user_settings (user_id, number, policy) VALUES ('U0', 1, '{\"rules\": []}')"
        )
    )
    await store.close()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(policy_app, list(arguments))


def write(folder: Path, text: str, name: str = "caps.toml") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def shown() -> dict[str, object]:
    answer: dict[str, object] = json.loads(run("show", "-o", "json", "--history").output)
    return answer


@pytest.mark.usefixtures("folder")
def test_without_any_the_built_in_one_holds() -> None:
    lines = run("show").output.splitlines()
    assert lines[0] == "the built-in default policy holds"
    assert lines[-1] == "2 users follow it; 1 user has caps of their own"
    assert shown()["current"] == {**shown()["current"], "revision": 0}  # type: ignore[dict-item]


def test_a_change_says_what_it_changes_and_for_whom(folder: Path) -> None:
    file = write(folder, RULE)
    asked = run("set", file, "--by", "ana", "--dry-run")
    assert "default policy 1 would hold from" in asked.output
    assert shown()["history"] == []
    told = run("set", file, "--by", "ana").output.splitlines()
    assert told[0].startswith("default policy 1 holds from ")
    assert "  + 1 a day on sms: 1 in each calendar day, in the zone of the user, by sms" in told
    assert "  - 5 a week: 5 in any 7 days" in told
    assert told[-1] == "2 users follow it; 1 user has caps of their own"
    again = run("set", file, "--by", "ben").output
    assert again.startswith("nothing changes: default policy 1 is the same")
    current = shown()["current"]
    assert isinstance(current, dict)
    assert (current["revision"], current["set_by"]) == (1, "ana")


def test_a_planned_one_is_shown_and_replaced_by_a_later_one(folder: Path) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    planned = f"effective_from = {tomorrow.isoformat()}\n"
    assert run("set", write(folder, planned + RULE), "--by", "ana").exit_code == 0
    told = shown()
    assert [each["revision"] for each in told["planned"]] == [1]  # type: ignore[attr-defined]
    assert told["current"]["revision"] == 0  # type: ignore[index]
    assert "will hold from" in run("show").output
    changed = run("set", write(folder, RULE.replace("limit = 1", "limit = 3")), "--by", "ben")
    assert "default policy 1, planned from" in changed.output
    told = shown()
    assert (told["current"]["revision"], told["planned"]) == (2, [])  # type: ignore[index]
    assert [each["revision"] for each in told["history"]] == [1, 2]  # type: ignore[attr-defined]
    assert "was to hold from" in run("show", "--history").output


def test_the_same_file_changes_nothing_though_its_moment_had_just_passed(folder: Path) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=20)
    file = write(folder, f"effective_from = {moment.isoformat()}\n{RULE}")
    assert run("set", file, "--by", "ana").output.startswith("default policy 1 holds from ")
    assert run("set", file, "--by", "ana").output.startswith("nothing changes: default policy 1 is the same")
    earlier = write(folder, f"effective_from = {(moment - timedelta(minutes=2)).isoformat()}\n{RULE}")
    assert run("set", earlier, "--by", "ana").exit_code == 1
    assert len(shown()["history"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            RULE.replace("limit = 1", "limit = -1"),
            ":3: rules.0.limit: Input should be greater than or equal to 0, not -1",
        ),
        (RULE.replace("channel", "chanel"), ":5: rules.0.chanel: there is no such key; did you mean channel?"),
        (
            RULE.replace('"day"', '"year"'),
            ":4: rules.0.window.calendar: Input should be 'hour', 'day', 'week' or 'month'",
        ),
        (
            RULE.replace('calendar = "day"', "rolling_seconds = 0"),
            ":4: rules.0.window.rolling_seconds: Input should be",
        ),
        (RULE.replace('calendar = "day"', "rolling_seconds = 315360000"), ":4: rules.0.window.rolling_seconds: Input"),
        (
            RULE.replace('"day"', '"day", timezone = "localtime"'),
            ":4: rules.0.window.timezone: 'localtime' is not an IANA",
        ),
        (
            RULE.replace('"day"', '"day", first_day = "friday"'),
            ":4: rules.0.window.first_day: only a week has a first day",
        ),
        (
            "effective_from = 2020-01-01T00:00:00Z\n" + RULE,
            "effective_from: 2020-01-01 00:00 UTC is past; name a moment",
        ),
        ("effective_from = 2030-01-01T00:00:00\n" + RULE, ":1: effective_from: Input should have timezone info"),
        ("effective_form = 2030-01-01T00:00:00Z\n" + RULE, ":1: effective_form: there is no such key; did you mean"),
        (RULE + RULE, "two rules are called '1 a day on sms'"),
        ("", ":1: rules: it is missing"),
        ("count_transactional = true\nrules = [\n", ".toml:2: it is no valid TOML: "),
        ("count_transactional = true\nrules = maybe\n", ".toml:2: it is no valid TOML: Invalid value"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(folder: Path, text: str, words: str) -> None:
    told = run("set", write(folder, text), "--by", "ana")
    assert told.exit_code == 1
    assert words in told.output
    assert len(told.output.splitlines()) == 1
    assert shown()["history"] == []


def test_a_policy_without_caps_says_that_it_limits_nobody(folder: Path) -> None:
    file, words = write(folder, "rules = []\n"), "no caps: nobody who follows it is limited"
    assert words in run("set", file, "--by", "ana", "--dry-run").output
    assert words in run("set", file, "--by", "ana").output
    assert words in run("show").output


def test_beside_a_demo_that_runs_it_says_which_store_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder, RULE)
    assert run("set", file, "--by", "ana", "--dry-run").stderr == ""
    server = server_process(demo_folder(folder) / RUN)
    server.folder.mkdir(parents=True)
    lock = server.acquire()
    assert lock is not None
    try:
        told = run("set", file, "--by", "ana", "-o", "json")
        assert "this is the store that TCONSOLE_STORE_URL names; the demo that runs has its own" in told.stderr
        assert json.loads(told.stdout)["changed"]
        monkeypatch.delenv("TCONSOLE_STORE_URL")
        assert f"this is the store in {folder}; the demo" in run("set", file, "--by", "ana").stderr
    finally:
        os.close(lock)


def test_who_sets_it_is_named(folder: Path) -> None:
    assert run("set", write(folder, RULE)).exit_code == 2
    assert run("set", write(folder, RULE), "--by", "a\nb").exit_code == 2
