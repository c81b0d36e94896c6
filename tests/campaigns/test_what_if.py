"""What another policy would have refused: a replay of recorded sends, person by person."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from tests.support.profiles import examples
from workers.caps.commands import campaigns_app
from workers.store.engine import Store
from workers.store.schema import counted_sends, messages, user_settings, users
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.models import CapPolicy, CapRule, Channel, RollingWindow
from workflows.campaigns.what_if import PastSend, what_if
from workflows.campaigns.zones import ZoneTable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def policy(limit: int, hours: int = 24, channel: Channel | None = None) -> CapPolicy:
    return CapPolicy(
        rules=[CapRule(name="cap", limit=limit, window=RollingWindow(rolling_seconds=hours * 3600), channel=channel)]
    )


def past(*hours_ago: float, bound: bool = True) -> list[PastSend]:
    return [
        PastSend(
            CountedSend(send_id=f"S{n}", campaign_id="C", channel=Channel.EMAIL, at=NOW - ago * HOUR, tags=[]), bound
        )
        for n, ago in enumerate(sorted(hours_ago, reverse=True))
    ]


def test_what_was_refused_does_not_count_for_the_next() -> None:
    told = what_if(policy(1), ZoneTable(), {"ada": past(50, 40, 30, 20)}, NOW - 100 * HOUR)
    assert (told.sends, told.refused, dict(told.by_rule)) == (4, 2, {"cap": 2})  # 40 and 20: 30 is a day after neither
    assert (told.people, told.refused_people) == (1, 1)


def test_what_is_older_counts_and_is_not_judged() -> None:
    told = what_if(policy(1), ZoneTable(), {"ada": past(25, 2)}, NOW - 24 * HOUR)
    assert (told.sends, told.refused) == (1, 1)


def test_what_no_cap_decides_on_counts_and_is_not_refused() -> None:
    told = what_if(policy(0), ZoneTable(), {"ada": past(3, 2, bound=False), "ben": past(1)}, NOW - 24 * HOUR)
    assert (told.sends, told.refused, told.refused_people) == (3, 1, 1)


@given(hours=st.lists(st.integers(0, 200), max_size=20), limit=st.integers(0, 4), window=st.integers(1, 48))
@examples(60, far=2_000, shrinks=True)
def test_what_is_left_keeps_within_the_policy(hours: list[int], limit: int, window: int) -> None:
    sends, caps = past(*hours), policy(limit, window)
    told = what_if(caps, ZoneTable(), {"ada": sends}, NOW - 300 * HOUR)
    assert told.sends - told.refused <= limit * (1 + 200 // window)
    again = what_if(policy(1000, window), ZoneTable(), {"ada": sends}, NOW - 300 * HOUR)
    assert again.refused == 0


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Give a store with four sends to one person under two IDs, and one to a user with caps of their own."""
    from workers.store.migrate import open_store

    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv("TCONSOLE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TCONSOLE_STORE_URL", url)
    opened = await open_store(url)
    now = datetime.now(UTC)
    user = {"phone": "", "timezone": "UTC", "email": True, "sms": True, "push": True}
    message = {"campaign_id": "C", "channel": "email", "address": "a@example.com", "body": "x", "tags": []}
    rows = [
        (users, [{**user, "user_id": each, "email_address": "a@example.com", "person": "A1"} for each in ("A1", "A2")]),
        (
            messages,
            [
                {**message, "send_id": "1", "user_id": "A1", "granted_at": now - 5 * HOUR},
                {**message, "send_id": "2", "user_id": "A2", "granted_at": now - 4 * HOUR},
                {**message, "send_id": "3", "user_id": "A1", "granted_at": now - 3 * HOUR, "transactional": True},
                {**message, "send_id": "4", "user_id": "OWN", "granted_at": now - 2 * HOUR},
                {**message, "send_id": "5", "user_id": "A2", "granted_at": now - 1 * HOUR, "rejection": "bounced"},
            ],
        ),
        (
            counted_sends,
            [{"user_id": "A1", "send_id": "6", "campaign_id": "X", "channel": "sms", "tags": [], "at": now}],
        ),
        (user_settings, [{"user_id": "OWN", "number": 1, "policy": {"rules": []}}]),
    ]
    for table, values in rows:
        for each in values:
            await opened.write(lambda connection, table, each: connection.execute(insert(table), each), table, each)
    await opened.close()
    return opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(campaigns_app, ["what-if", *arguments])


@pytest.mark.usefixtures("store")
def test_the_command_joins_users_of_one_person_and_leaves_out_who_has_own_caps(tmp_path: Path) -> None:
    file = tmp_path / "caps.toml"
    file.write_text('[[rules]]\nname = "1 a day"\nlimit = 1\nwindow = { calendar = "day", timezone = "Asia/Tokyo" }\n')
    told = run("--policy", str(file), "-o", "json")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.output)
    assert (answer["sends"], answer["people"], answer["left_out"]) == (4, 1, 1)
    json_file = tmp_path / "caps.json"
    json_file.write_text(policy(1, 24).model_dump_json())
    words = run("--policy", str(json_file), "--days", "7").output.splitlines()
    assert words == [
        "4 sends to 1 person in the last 7 days; 1 person has caps of their own",
        "1 would have been refused, to 1 person",
        "  cap  1",
    ]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("{", 1, "it is no valid JSON, and TOML is in a file named .toml"),
        ('{"rules": [{"name": "a", "limit": -1, "window": {"rolling_seconds": 60}}]}', 1, "rules.0.limit: "),
        ('{"rules": [{"name": "a", "limit": 1, "window": {"calendar": "day", "timezone": "Mars"}}]}', 1, "Mars"),
        (None, 2, "cannot be read"),
    ],
)
def test_a_wrong_policy_is_one_clear_line(tmp_path: Path, text: str | None, code: int, words: str) -> None:
    file = tmp_path / "caps.json"
    if text is not None:
        file.write_text(text)
    told = run("--policy", str(file))
    assert told.exit_code == code
    assert words in told.output
    assert len(told.output.splitlines()) == 1
