"""The company's directory, as scripts and HR departments fill it: `tconsole people …`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from workers.store.directory import SqlDirectory, all_people
from workers.store.engine import Store
from workers.store.migrate import open_store
from workers.store.people import PeopleMistakesError, put_people
from workers.store.people_commands import people_app
from workers.store.person_row import PersonRow
from workflows.approvals.policy.reading import sample_policy
from workflows.approvals.ports import Absence, Person

T = TypeVar("T")
COLUMNS = "person_id,name,email,manager,groups,timezone,slack_id,calendar,absent_from,absent_until,substitute,digest"
EVE = "eve,Eve Moreau,eve@example.com,ben,hr;x,Europe/Paris,U024BE7LH,de-by,2026-12-24,2027-01-03,chen,09:00"
KNOWN = (
    "Europe/Paris · calendar DE-BY · Slack U024BE7LH · absent from 2026-12-24 until 2027-01-03 · substitute chen"
    " · daily digest at 09:00"
)
FULL = Person(
    "eve",
    "Eve Moreau",
    "eve@example.com",
    "ben",
    ("hr", "x"),
    timezone="Europe/Paris",
    slack_id="U024BE7LH",
    calendar="DE-BY",
    absence=Absence(date(2026, 12, 24), date(2027, 1, 3)),
    substitute="chen",
    digest="09:00",
)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder of the test's own, where the default store is."""
    monkeypatch.setenv("TCONSOLE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("TCONSOLE_STORE_URL", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(people_app, list(arguments))


def test_a_calendar_may_be_one_of_the_policy(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = data_dir / "policy.toml"
    policy.write_text(f"{sample_policy().text}\n[calendar.support]\nhours = '22:00-06:00'\n", encoding="utf-8")
    monkeypatch.setenv("TCONSOLE_APPROVAL_POLICY", str(policy))
    assert imported(data_dir, "person_id,name,calendar", "eve,Eve,support", "fay,Fay,fr").exit_code == 0
    assert run("add", "gus", "--calendar", "support").exit_code == 0
    refused = imported(data_dir, "person_id,name,calendar", "eve,Eve,suport")
    assert "'suport' is not a calendar; use an ISO 3166 code" in refused.output
    assert "or one of the policy's: support" in refused.output
    assert [each.calendar for each in ask(data_dir, lambda store: store.read(all_people))] == [
        "support",
        "FR",
        "support",
    ]


def imported(data_dir: Path, *lines: str) -> Result:
    file = data_dir / "people.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return run("import", str(file))


def ask(data_dir: Path, question: Callable[[Store], Awaitable[T]]) -> T:
    async def answer() -> T:
        store = await open_store(f"sqlite:///{data_dir / 'store.sqlite'}")
        try:
            return await question(store)
        finally:
            await store.close()

    return asyncio.run(answer())


def person(data_dir: Path, person_id: str) -> Person | None:
    return ask(data_dir, lambda store: SqlDirectory(store).person(person_id))


def test_people_are_added(data_dir: Path) -> None:
    assert run("add", "ben").output == "ben is in the directory\n"
    assert run("add", "ana", "--name", "Ana", "--manager", "ben").output.endswith(", manager ben\n")
    assert run("add", "ana", "--group", "hr").output == "ana is in the directory, manager ben, group hr\n"
    assert person(data_dir, "ana") == Person("ana", "Ana", "", "ben", ("hr",))
    wrong = run("add", "eve", "--manager", "zed")
    assert (wrong.exit_code, wrong.stderr) == (
        1,
        "eve: manager: zed is not in the directory; add zed first\nnothing was changed\n",
    )
    wrong = run("add", "eve", "--timezone", "Mars/Base")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)
    assert "timezone: 'Mars/Base' is not an IANA time zone" in wrong.stderr


def test_more_is_said_of_a_known_person_and_taken_back(data_dir: Path) -> None:
    imported(data_dir, COLUMNS, "ben,Ben,,,,,,,,,,", "chen,Chen,,,,,,,,,,", EVE)
    said = run("add", "eve", "--absent-from", "2026-12-01", "--absent-until", "", "--substitute", "ben").output
    assert said == (
        "eve is in the directory, manager ben, group hr, group x, Europe/Paris, calendar DE-BY, Slack U024BE7LH,"
        " absent from 2026-12-01, substitute ben, daily digest at 09:00\n"
    )
    assert "absent" not in run("add", "eve", "--absent-from", "").output
    eve = person(data_dir, "eve")
    assert eve is not None
    assert (eve.absence, eve.substitute, eve.calendar) == (None, "ben", "DE-BY")


def test_people_are_imported_in_any_order_and_listed(data_dir: Path) -> None:
    lines = [COLUMNS, EVE, "ben,Ben,,,,,,,,,,", "chen,Chen,,,,,,,2026-12-24,2026-12-24,,"]
    assert imported(data_dir, *lines).output == "imported 3 people from people.csv\n"
    assert person(data_dir, "eve") == FULL
    assert run("list").output.splitlines() == [
        "ben · Ben",
        "chen · Chen · absent on 2026-12-24",
        f"eve · Eve Moreau · eve@example.com · manager ben · group hr · group x · {KNOWN}",
    ]
    everybody = json.loads(run("list", "-o", "json").output)
    assert [list(each) for each in everybody] == [COLUMNS.split(",")] * 3
    assert everybody == [json.loads(line) for line in run("list", "-o", "jsonl").output.splitlines()]
    assert everybody[2] == {
        **dict(zip(COLUMNS.split(","), EVE.split(","), strict=True)),
        "groups": ["hr", "x"],
        "calendar": "DE-BY",
    }


def test_nobody_is_listed_and_it_says_what_to_do() -> None:
    listed = run("list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "tconsole people add or people import" in listed.stderr
    assert run("list", "-o", "json").stdout == "[]\n"


def test_a_name_is_only_text_in_the_list(data_dir: Path) -> None:
    imported(data_dir, "person_id,name", "eve,E\x1b[31mve")
    assert "\x1b" not in run("list").output


def test_a_file_says_all_of_its_columns_and_nothing_of_others(data_dir: Path) -> None:
    imported(data_dir, COLUMNS, "ben,Ben,,,,,,,,,,", "chen,Chen,,,,,,,,,,", EVE)
    imported(data_dir, "person_id,name,manager,absent_from,absent_until", "eve,Eve,,,")
    eve = person(data_dir, "eve")
    assert eve is not None
    assert (eve.name, eve.manager, eve.absence) == ("Eve", None, None)  # an empty cell removes what was there
    assert (eve.groups, eve.timezone, eve.substitute) == (FULL.groups, FULL.timezone, FULL.substitute)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person_id,name\neve,Eve\neve,Eve", "line 3: person_id eve is on line 2 already"),
        ("name\nEve", "line 1: no column 'person_id'; the first line must be person_id,name,"),
        ("person_id,name,manager\neve,Eve,zed", "line 2: manager: zed is not in the directory; add zed first"),
        ("person_id,name,manager\neve,Eve,eve", "line 2: manager: 'eve': eve cannot be their own manager"),
        ("person_id,name,substitute\neve,Eve,zed", "line 2: substitute: zed is not in the directory; add zed first"),
        ("person_id,name,substitute\neve,Eve,eve", "line 2: substitute: 'eve': eve cannot be their own substitute"),
        ("person_id,name,timezone\neve,Eve,Mars", "line 2: timezone: 'Mars' is not an IANA time zone; use one like"),
        ("person_id,name,timezone\neve,Eve,localtime", "line 2: timezone: 'localtime' is not an IANA time zone"),
        ("person_id,name,digest\neve,Eve,9 am", "line 2: digest: '9 am' is not a time of day; use one like 09:00"),
        ("person_id,name,slack_id\neve,Eve,@eve", "line 2: slack_id: '@eve' is not the ID of a Slack member; use one"),
        ("person_id,name,slack_id\neve,Eve,U0AAAAAA\nfay,Fay,U0AAAAAA", "line 3: slack_id: U0AAAAAA is that of eve"),
        ("person_id,name,calendar\neve,Eve,XX", "line 2: calendar: 'XX' is not a calendar; use an ISO 3166 code"),
        (
            "person_id,name,calendar\neve,Eve,DE-XX",
            "line 2: calendar: 'DE-XX' is not a calendar; of DE there are BB",
        ),
        (
            "person_id,name,absent_from\neve,Eve,24.12.2026",
            "line 2: absent_from: '24.12.2026' is not a day; use",
        ),
        ("person_id,name,absent_from\neve,Eve,2026-02-30", "line 2: absent_from: '2026-02-30' is not a day; use one"),
        ("person_id,name,absent_from\neve,Eve,1700000000", "line 2: absent_from: '1700000000' is not a day; use one"),
        (
            "person_id,name,absent_until\neve,Eve,2026-12-24",
            "line 2: absent_until: absent_from is empty; give",
        ),
        (
            "person_id,name,absent_from,absent_until\neve,Eve,2026-12-24,2026-12-23",
            "line 2: absent_until: 2026-12-23 is before absent_from, 2026-12-24; give the last day",
        ),
        (
            "person_id,name,manager\nfay,Fay,\nana,Ana,ben\nben,Ben,dora\ndora,Dora,ana",
            "line 3: manager: a circle of managers: ana → ben → dora → ana; somebody must have no manager in it",
        ),
    ],
)
def test_of_a_file_with_a_mistake_nobody_is_imported(data_dir: Path, text: str, said: str) -> None:
    result = imported(data_dir, *text.splitlines())
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.endswith("nothing was imported\n")
    assert result.stderr.count("\n") == 2
    assert ask(data_dir, lambda store: SqlDirectory(store).people(9)) == []


def row(person_id: str, **columns: object) -> PersonRow:
    return PersonRow.model_validate({"person_id": person_id, "name": person_id.title(), **columns})


async def test_a_change_may_not_close_a_circle_or_take_a_slack_id(store: Store) -> None:
    await store.write(put_people, [row("ana", manager="ben", slack_id="U0AAAAAA"), row("ben"), row("dora")])
    with pytest.raises(PeopleMistakesError, match="manager: a circle of managers: ben → ana → ben"):
        await store.write(put_people, [row("ben", manager="ana")])
    with pytest.raises(PeopleMistakesError, match="ben: slack_id: U0AAAAAA is that of ana; a member is one person"):
        await store.write(put_people, [row("ben", slack_id="U0AAAAAA")])
    with pytest.raises(PeopleMistakesError) as wrong:
        await store.write(put_people, [row("eve", manager="zed", absent_until=date(2026, 1, 1))])
    assert [(each.person_id, each.column) for each in wrong.value.mistakes] == [
        ("eve", "manager"),
        ("eve", "absent_until"),
    ]
    assert await SqlDirectory(store).people(9) == ["ana", "ben", "dora"]


async def test_people_may_exchange_places_and_slack_ids(store: Store) -> None:
    await store.write(
        put_people, [row("ana", manager="ben", slack_id="U0AAAAAA"), row("ben", slack_id="U0BBBBBB", substitute="ana")]
    )
    await store.write(
        put_people,
        [
            row("ben", manager="ana", slack_id="U0AAAAAA"),
            row("ana", manager=None, slack_id="U0BBBBBB", substitute="ben"),
        ],
    )
    ana, ben = [await SqlDirectory(store).person(person_id) for person_id in ("ana", "ben")]
    assert ana is not None
    assert ben is not None
    assert (ana.manager, ana.slack_id, ana.substitute) == (None, "U0BBBBBB", "ben")
    assert (ben.manager, ben.slack_id, ben.substitute) == ("ana", "U0AAAAAA", "ana")
