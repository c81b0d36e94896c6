"""The command that reports a bounce, as scripts see it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
import typer
from typer.testing import CliRunner, Result

from workers.bounces import commands
from workers.store.commands import users_app
from workers.store.migrate import open_store
from workers.store.users import Listed, upsert_users
from workflows.campaigns.bounces import ReportBounce, Suppression
from workflows.campaigns.models import CapPolicy, Channel, Preferences, UserState
from workflows.campaigns.ports import User

USERS = {"U1": "Pat@example.com", "U2": "pat@Example.com", "U3": "ann@example.com"}


@pytest.fixture(autouse=True)
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ReportBounce]]:
    """Give what actors are told, which is nothing yet, and a store with users."""
    monkeypatch.setenv("TCONSOLE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("TCONSOLE_STORE_URL", raising=False)
    told: list[tuple[str, ReportBounce]] = []

    async def fill() -> None:
        store = await open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
        user_rows = (User(user_id, address, "", "UTC", Preferences()) for user_id, address in USERS.items())
        listed: list[Listed] = [(user, []) for user in user_rows]
        await store.write(upsert_users, listed)
        await store.close()

    async def tell(_: object, user_ids: list[str], report: ReportBounce) -> list[UserState]:
        told.extend((user_id, report) for user_id in user_ids)
        return [_state(user_id, report) for user_id in user_ids]

    asyncio.run(fill())
    monkeypatch.setattr(commands, "_report", tell)
    return told


def _state(user_id: str, report: ReportBounce) -> UserState:
    assert report.at is not None
    hard = Suppression(channel=Channel.EMAIL, reason="hard bounce", at=report.at, by=report.by)
    found = [hard] if report.kind == "hard" else []
    policy = CapPolicy(rules=[])
    return UserState(user_id=user_id, preferences=Preferences(), policy=policy, usage=[], recent=[], suppressions=found)


def _app() -> typer.Typer:
    if "report-bounce" not in {command.name for command in users_app.registered_commands}:
        users_app.command("report-bounce")(commands.report_bounce)
    return users_app


def run(*arguments: str) -> Result:
    return CliRunner().invoke(_app(), ["report-bounce", "--by", "ana", *arguments])


def test_whoever_has_the_address_is_told_of(reported: list[tuple[str, ReportBounce]]) -> None:
    result = run("PAT@example.com", "--channel", "email", "--kind", "hard", "--at", "2026-01-02T03:04:05")
    assert result.output == "".join(
        f"{user_id}: suppressed on email: hard bounce, since 2026-01-02 03:04 UTC, reported by ana\n"
        for user_id in ("U1", "U2")
    )
    assert len({report.model_dump_json() for _, report in reported}) == 1  # one report, to the store as well


def test_a_time_has_an_offset_or_is_in_utc(reported: list[tuple[str, ReportBounce]]) -> None:
    for at in ("2026-01-02T03:04:05", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z"):
        assert run("U3", "--channel", "email", "--kind", "soft", "--at", at).exit_code == 0
    assert {report.at for _, report in reported} == {datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}


def test_an_id_is_one_user(reported: list[tuple[str, ReportBounce]]) -> None:
    assert run("U3", "--channel", "email", "--kind", "soft").output == "U3: noted; email is not suppressed\n"
    assert [user_id for user_id, _ in reported] == ["U3"]


@pytest.mark.parametrize(("operator", "by"), [("ben", "ben"), (None, "operator")])
def test_without_a_name_it_is_the_operator(
    reported: list[tuple[str, ReportBounce]], monkeypatch: pytest.MonkeyPatch, operator: str | None, by: str
) -> None:
    monkeypatch.setattr("getpass.getuser", Mock(side_effect=KeyError("getpwuid(): uid not found: 4711")))
    options = ["--channel", "email", "--kind", "soft"]
    result = CliRunner(env={"TCONSOLE_OPERATOR": operator}).invoke(_app(), ["report-bounce", "U3", *options])
    assert (result.exit_code, [report.by for _, report in reported]) == (0, [by])


@pytest.mark.parametrize(
    ("who", "options", "code", "words"),
    [
        ("U-nobody", {}, 1, "nobody has the ID or address"),
        ("", {}, 1, "nobody has the ID or address ''"),
        ("U1", {"--send-id": "a\nb"}, 2, "send_id"),
        ("U1", {"--by": "a\x1b[31mb"}, 2, "--by: an ID is one line of visible characters"),
    ],
)
def test_what_cannot_be_reported_is_one_clear_line(who: str, options: dict[str, str], code: int, words: str) -> None:
    given = [part for option in options.items() for part in option]
    result = run(who, "--channel", "email", "--kind", "hard", *given)
    assert (result.exit_code, words in result.stderr, result.stderr.count("\n")) == (code, True, 1)
