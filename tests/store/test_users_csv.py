"""Import of users from CSV files: what is read, what is said about mistakes, and all or nothing."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from workers.store.csv_file import MAX_MISTAKES, Columns, FileMistakesError, Reading
from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.plain_rows import FIELDS, plain_rows
from workers.store.schema import segments
from workers.store.turns import Turn
from workers.store.user_row import UserCells, UserRow
from workers.store.users import SqlUsers
from workers.store.users_csv import DEFAULTS, Options, import_users, read_users
from workflows.campaigns.models import ChannelConsent

PART = Turn().part

HEADER = "user_id,email_address,phone,timezone,email,sms,push,segments\n"
MAILCHIMP = (
    "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,CONFIRM_TIME,TIMEZONE,CC,LEID,EUID,NOTES,TAGS\n"
    'Ana@example.com,Ana,Diaz,(202) 555-0101,2,2023-05-01,America/Chicago,US,12345,abc123,,"""VIP"",""Newsletter"""\n'
)
ANA = "U1,ana@example.com,+12025550101,Europe/Paris,yes,no,yes,everyone;vip\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the path of a file that is not there yet."""
    return tmp_path / "users.csv"


def mistakes(file: Path, content: str | bytes) -> list[str]:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FileMistakesError) as found:
        DEFAULTS.file(file).check()
    assert all(line.startswith(f"{file}: ") and "\n" not in line for line in found.value.mistakes)
    return [line.removeprefix(f"{file}: ") for line in found.value.mistakes]


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ANA,
        "\ufeff" + HEADER + ANA,
        (HEADER + "\n" + ANA + "\n\n").replace("\n", "\r\n"),
        HEADER + ANA.replace("yes", "YES ").replace("no", " No"),
        HEADER + '"U1","ana@example.com","+12025550101","Europe/Paris","yes","no","yes"," everyone; vip ;"\n',
        "segments,push,sms,email,timezone,phone,email_address,user_id\n" + ",".join(reversed(ANA.strip().split(","))),
    ],
)
def test_what_spreadsheets_write_is_read(file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    assert DEFAULTS.file(file).check() == 1
    [user] = read_users(file)
    assert (user.user_id, user.email_address, user.phone) == ("U1", "ana@example.com", "+12025550101")
    assert user.timezone == "Europe/Paris"
    assert (user.email, user.sms, user.push) == (True, False, True)
    assert user.segments == ["everyone", "vip"]


def only(file: Path, text: str, options: Options = DEFAULTS) -> UserRow:
    file.write_text(text, encoding="utf-8")
    assert options.file(file).check() == 1
    [user] = read_users(file, options)
    return user


def attributes(user: UserRow) -> dict[str, str]:
    found: dict[str, str] = json.loads(user.attributes)
    return found


def test_further_columns_are_attributes(file: Path) -> None:
    user = only(file, HEADER.replace("\n", ",First Name,Country\n") + ANA.replace("\n", ",Ana,FR\n"))
    assert attributes(user) == {"first_name": "Ana", "country": "FR"}


@pytest.mark.parametrize(
    ("header", "separator", "said"),
    [
        ("User_ID,Email_Address,Phone,Timezone,Email,SMS,Push,Segments", ",", ["User_ID is user_id", "SMS is sms"]),
        ("user id,email-address,phone,timezone,email,sms,push,segments", ",", ["email-address is email_address"]),
        (HEADER.strip(), ";", ["columns are separated by semicolons"]),
        (HEADER.strip(), "\t", ["columns are separated by tabs"]),
    ],
)
def test_headers_and_separators_of_others_are_recognised_and_said(
    file: Path, header: str, separator: str, said: list[str]
) -> None:
    row = "S-1,a@example.com,,Europe/Berlin,yes,no,no,everyone"
    user = only(file, f"{header}\n{row}\n".replace(",", separator))
    assert (user.user_id, user.timezone, user.segments) == ("S-1", "Europe/Berlin", ["everyone"])
    recognised = "\n".join(DEFAULTS.file(file).recognised())
    assert all(each in recognised for each in said)


@pytest.mark.parametrize("preset", [None, "mailchimp"])
def test_an_export_of_mailchimp(file: Path, preset: str | None) -> None:
    user = only(file, MAILCHIMP, Options(preset=preset))
    assert (user.user_id, user.email_address, user.phone) == ("ana@example.com", "Ana@example.com", "+12025550101")
    assert (user.timezone, user.segments) == ("America/Chicago", ["VIP", "Newsletter"])
    assert (user.email, user.sms, user.push) == (True, None, None)
    assert (attributes(user)["first_name"], attributes(user)["country"]) == ("Ana", "US")


@pytest.mark.parametrize("written", ["+1 (202) 555-0101", "+1 202 555 0101", "+1-202-555-0101", "(202) 555-0101"])
def test_phones_are_stored_in_e164(file: Path, written: str) -> None:
    options = Options(country="US") if "+" not in written else DEFAULTS
    user = only(file, HEADER + f"P-1,a@example.com,{written},America/New_York,yes,yes,yes,\n", options)
    assert user.phone == "+12025550101"


@pytest.mark.parametrize(
    ("row", "email", "channels"),
    [
        ("B-1,a@example.com,,UTC,TRUE,FALSE,False,all", "a@example.com", (True, False, False)),
        ("N-1,,,America/New_York,no,no,yes,all", "", (False, False, True)),
        ("D-2,try..this.@docomo.ne.jp,,Asia/Tokyo,yes,no,no,all", "try..this.@docomo.ne.jp", (True, False, False)),
    ],
)
def test_rows_that_other_tools_have(file: Path, row: str, email: str, channels: tuple[bool, ...]) -> None:
    user = only(file, HEADER + row)
    assert (user.email_address, (user.email, user.sms, user.push)) == (email, channels)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("bad\u200bid,a@example.com,,UTC,yes,no,no,", "user_id: 'bad\\u200bid': an ID is one line of visible"),
        (",a@example.com,,UTC,yes,no,no,", "user_id: '': this must not be empty"),
        ("U1,nobody,,UTC,yes,no,no,", "email_address: 'nobody': value is not a valid email address"),
        ("U1,a@example.com,555,UTC,yes,yes,no,", "phone: '555' is not an international telephone number; use one like"),
        ("U1,a@example.com,+9991234567,UTC,yes,yes,no,", "phone: '+9991234567' is not an international telephone"),
        ("U1,a@example.com,,UTC,yes,yes,no,", "phone is empty, but sms is yes; give a number like +12025550101"),
        ("U1,a@example.com,,Mars/Base,yes,no,no,", "timezone: 'Mars/Base' is not an IANA time zone; use one like"),
        ("U1,a@example.com,,../etc,yes,no,no,", "timezone: '../etc' is not an IANA time zone; use one like"),
        ("U1,a@example.com,,,yes,no,no,", "timezone: '' is not an IANA time zone; use one like"),
        ("U1,,,UTC,yes,no,no,", "email_address is empty, but email is yes; give an address, or set email to no"),
        ("U1,a@example.com,(202) 555-0101,UTC,no,yes,no,", "phone: '(202) 555-0101' is not an international telephone"),
        ("U1,a@example.com,,UTC,maybe,no,no,", "email: 'maybe' is neither yes nor no; use one of the two"),
        ("U1,a@example.com,,UTC,yes,no,no,a\tb;c", "segments: 'a\\tb': an ID is one line of visible"),
        ("U1,a@example.com,,UTC,yes,no,no", "7 cells, but there are 8 columns; quote a cell that has a comma"),
        ("U1,a@example.com,,UTC,yes,no,no,a,b", "9 cells, but there are 8 columns; quote a cell that has a comma"),
    ],
)
def test_a_mistake_is_told_with_line_field_and_remedy(file: Path, row: str, says: str) -> None:
    [mistake] = mistakes(file, HEADER + ANA.replace("U1", "U0") + row + "\n")
    assert mistake.startswith(f"line 3: {says}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: no column 'user_id'; the first line must be user_id,email_address,"),
        (HEADER.replace("phone,", ""), "line 1: no column 'phone'; the first line must be"),
        (
            HEADER.replace("phone", "fax"),
            "line 1: no column 'phone'; the first line must be user_id,",
        ),
        (HEADER.replace("\n", ",phone\n"), "line 1: a column is there twice; the first line must be"),
        (HEADER + 'U1,"oops\n', "after line 1: this is not CSV: unexpected end of data"),
        (HEADER + ANA + 'U2,"a"b,c\n', "after line 2: this is not CSV"),
        (
            HEADER.encode() + b"U1,\x81\xfe@example.com",
            "near line 1: this is not UTF-8 text; save the file as CSV UTF-8",
        ),
        (HEADER + ANA + "\n" + ANA, "line 4: user_id U1 is on line 2 already"),
    ],
)
def test_a_broken_file_is_told(file: Path, text: str | bytes, says: str) -> None:
    [mistake] = mistakes(file, text)
    assert mistake.startswith(says)


def test_a_row_of_several_lines_is_named_by_its_first(file: Path) -> None:
    found = mistakes(file, HEADER + ANA + '"U\n2",a@example.com,,UTC,yes,no,no,\nU3,a@example.com,,UTC,x,no,no,\n')
    assert [mistake[:7] for mistake in found] == ["line 3:", "line 5:"]


def test_all_mistakes_are_told_up_to_a_measure(file: Path) -> None:
    found = mistakes(file, HEADER + "U1,nobody,555,UTC,yes,no,no,\n")
    assert len(found) == 2
    found = mistakes(file, HEADER + "U1,nobody,,UTC,yes,no,no,\n" * 100)
    assert len(found) == MAX_MISTAKES + 1
    assert found[-1] == f"and more from line {MAX_MISTAKES + 2} on"


def text(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def write(path: Path, *rows: str) -> Path:
    return text(path, HEADER + "\n".join(rows))


async def test_known_users_are_changed(store: Store, tmp_path: Path) -> None:
    users = SqlUsers(store)
    first = write(tmp_path / "1.csv", "U1,a@example.com,,UTC,yes,no,no,old;both", "U2,b@example.com,,UTC,yes,no,no,old")
    assert (await import_users(store, first)).count == 2
    second = write(tmp_path / "2.csv", "U1,new@example.com,+12025550101,Asia/Tokyo,no,yes,yes,both;new")
    assert (await import_users(store, second)).count == 1
    user = await users.user("U1")
    assert user is not None
    assert (user.email_address, user.phone, user.timezone) == ("new@example.com", "+12025550101", "Asia/Tokyo")
    assert (user.preferences.channels.email, user.preferences.channels.sms) == (False, True)
    assert await users.segment_page("old", after=None, limit=9) == ["U2"]
    assert await users.segment_page("both", after=None, limit=9) == ["U1"]
    assert await users.segment_page("new", after=None, limit=9) == ["U1"]


async def test_a_segment_that_lost_its_last_user_is_empty_not_unknown(store: Store, tmp_path: Path) -> None:
    await import_users(store, write(tmp_path / "1.csv", "U1,a@example.com,,UTC,yes,no,no,old"))
    await import_users(store, write(tmp_path / "2.csv", "U1,a@example.com,,UTC,yes,no,no,"))
    assert await SqlUsers(store).segment_size("old") == 0


async def test_a_row_with_a_mistake_is_told_and_the_others_are_imported(store: Store, tmp_path: Path) -> None:
    rows = [f"U{number},a@example.com,,UTC,yes,no,no,all" for number in range(PART * 2)]
    file = write(tmp_path / "1.csv", *rows, "bad,a@example.com,,Mars,yes,no,no,all", "good,,,UTC,no,no,yes,all")
    with pytest.raises(FileMistakesError, match=f"line {PART * 2 + 2}: timezone"):
        await import_users(store, file, Options(strict=True))
    assert await SqlUsers(store).segment_size("all") is None
    told: list[int] = []
    imported = await import_users(store, file, progress=told.append)
    assert (imported.count, sum(told)) == (PART * 2 + 1, PART * 2 + 2)
    [mistake] = imported.mistakes
    assert mistake.startswith(f"line {PART * 2 + 2}: timezone: 'Mars'")
    assert await SqlUsers(store).segment_size("all") == PART * 2 + 1


async def test_an_empty_cell_changes_nothing(store: Store, tmp_path: Path) -> None:
    users = SqlUsers(store)
    await import_users(store, write(tmp_path / "1.csv", "U1,a@example.com,+12025550101,Asia/Tokyo,yes,no,yes,"))
    before = await users.user("U1")
    imported = await import_users(
        store, write(tmp_path / "2.csv", "U1,,,,,,,", "U2,,,,,,yes,"), Options(timezone="UTC")
    )
    new = await users.user("U2")
    assert (imported.count, imported.upserted.kept_out, await users.user("U1")) == (2, 0, before)
    assert new is not None
    assert (new.timezone, new.preferences.channels) == ("UTC", ChannelConsent(email=False, sms=False, push=True))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "the file is in UTF-16"), ("cp1252", "it was read as Windows-1252")],
)
def test_encodings_are_recognised_and_said(file: Path, encoding: str, said: str) -> None:
    file.write_bytes((HEADER.replace("\n", ",first_name\n") + ANA.replace("\n", ",Zoë\n")).encode(encoding))
    [user] = read_users(file)
    assert attributes(user) == {"first_name": "Zoë"}
    assert said in "\n".join(DEFAULTS.file(file).recognised())


CELLS = st.fixed_dictionaries(
    {
        "user_id": st.sampled_from(["U1", "", " U1", "auth0|5", "ЛАМПА", "a" * 201]),
        "email_address": st.sampled_from(["", "a@example.com", "A.b@EXAMPLE.com", "nobody", "a..b@docomo.ne.jp"]),
        "phone": st.sampled_from(["", "+12025550101", "+1 (202) 555-0101", "(202) 555-0101", "555", "+9991234567"]),
        "timezone": st.sampled_from(["UTC", "Asia/Tokyo", "Mars/Base", ""]),
        "country": st.sampled_from(["", "US", "FR", "us", "Nowhere"]),
        "segments": st.sampled_from(["", "a", "a; b;", "a\tb;c"]),
        **{channel: st.sampled_from(["yes", "TRUE", "No", "", "maybe"]) for channel in ("email", "sms", "push")},
        "first_name": st.sampled_from(["Ana", 'Zoë "\\', "\x00\u2028", ""]),
        "plan": st.sampled_from(["pro", ""]),
    }
)


@examples(300, far=5_000, shrinks=True)
@given(CELLS, st.fixed_dictionaries({}, optional={"country": st.just("US"), "timezone": st.just("UTC")}))
def test_a_row_without_oddities_is_read_as_the_model_reads_it(cells: dict[str, str], context: dict[str, str]) -> None:
    columns = Columns(list(cells), [name in {"first_name", "plan"} for name in cells])
    plain = Reading(context=context, rest="attributes")
    for reading in (plain, replace(plain, complete=lambda row: row)):
        quick = plain_rows(reading)(columns)(list(cells.values()))
        if quick is not None:
            by_field = reading.cells(columns, list(cells.values()))
            assert quick == UserCells.model_validate(by_field, context=context).row()


def test_a_usual_row_has_no_oddities() -> None:
    cells = ["U1", "a@example.com", "(202) 555-0101", "", "yes", "", "No", "a;b", "Zoë"]
    columns = Columns([*FIELDS, "first_name"], [False] * len(FIELDS) + [True])
    reading = Reading(context={"country": "US", "timezone": "UTC"}, rest="attributes")
    attributes = '{"first_name": "Zo\\u00eb"}'
    usual = UserRow("U1", "a@example.com", "+12025550101", "", True, None, False, attributes, ["a", "b"])  # noqa: FBT003 - a row
    assert plain_rows(reading)(columns)(cells) == usual


async def test_other_writers_go_on_during_an_import(store: Store, tmp_path: Path) -> None:
    rows = [f"U{number:05},a{number}@example.com,,UTC,yes,no,no,all" for number in range(50)]
    done: list[int] = []
    path = write(tmp_path / "1.csv", *rows)
    importing = asyncio.create_task(import_users(store, path, turn=Turn(seconds=0, part=5), progress=done.append))
    seen = set()
    while not importing.done():
        await store.write(insert_new, segments, {"segment": "other"})
        seen.add(len(done))
    assert [count for count in done if count] == [5] * 10
    assert len(seen) > 3


async def test_the_loop_goes_on_during_a_large_import(store: Store, tmp_path: Path) -> None:
    rows = [f"U{number:05},a@example.com,,UTC,yes,no,no,all" for number in range(10_000)]
    importing = asyncio.create_task(import_users(store, write(tmp_path / "1.csv", *rows)))
    turns = 0
    while not importing.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert (await importing).count == 10_000
    assert await SqlUsers(store).segment_size("all") == 10_000
    assert turns > 20


async def test_two_users_with_one_mailbox_are_said(store: Store, tmp_path: Path) -> None:
    rows = [
        f"E-{number},{mail},,UTC,yes,no,no,dups" for number, mail in enumerate(["pat@example.com", "Pat@Example.com"])
    ]
    imported = await import_users(store, write(tmp_path / "1.csv", *rows))
    assert (imported.count, list(imported.upserted.shared)) == (2, ["pat@example.com"])


async def test_what_is_imported_can_be_merged(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "1.csv"
    for name in ("Ana", ""):  # an empty cell overwrites nothing
        path.write_text(HEADER.replace("\n", ",first_name\n") + f"U1,a@example.com,,UTC,yes,no,no,,{name}\n")
        await import_users(store, path)
    users = SqlUsers(store)
    user = await users.user("U1")
    assert user is not None
    assert (user.attributes, await users.merge_fields()) == ({"first_name": "Ana"}, ["first_name"])
