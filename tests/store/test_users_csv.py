"""Users in CSV files: what is read, and what is said about mistakes."""

from pathlib import Path

import pytest

from workers.store.users_csv import MOST_MISTAKES, UsersFileError, check_users, read_users

HEADER = "user_id,email_address,phone,timezone,email,sms,push,segments\n"
ANA = "U1,ana@example.com,+12025550101,Europe/Paris,yes,no,yes,everyone;vip\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the path of a file that is not there yet."""
    return tmp_path / "users.csv"


def mistakes(file: Path, text: str | bytes) -> list[str]:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsersFileError) as found:
        check_users(file)
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
    assert check_users(file) == 1
    [(user, segments)] = read_users(file)
    assert (user.user_id, user.email_address, user.phone) == ("U1", "ana@example.com", "+12025550101")
    assert user.timezone == "Europe/Paris"
    channels = user.preferences.channels
    assert (channels.email, channels.sms, channels.push) == (True, False, True)
    assert user.preferences.quiet_hours is None
    assert segments == ["everyone", "vip"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("bad id,a@example.com,,UTC,yes,no,no,", "user_id: 'bad id': this may have letters, digits and"),
        (",a@example.com,,UTC,yes,no,no,", "user_id: '': this must not be empty"),
        ("U1,nobody,,UTC,yes,no,no,", "email_address: 'nobody': value is not a valid email address"),
        ("U1,a@example.com,555,UTC,yes,yes,no,", "phone: '555' is not an international telephone number; use one like"),
        ("U1,a@example.com,,UTC,yes,yes,no,", "phone is empty, but sms is yes; give a number like +12025550101"),
        ("U1,a@example.com,,Mars/Base,yes,no,no,", "timezone: 'Mars/Base' is not an IANA time zone; use one like"),
        ("U1,a@example.com,,../etc,yes,no,no,", "timezone: '../etc' is not an IANA time zone; use one like"),
        ("U1,a@example.com,,,yes,no,no,", "timezone: '' is not an IANA time zone; use one like"),
        ("U1,a@example.com,,UTC,true,no,no,", "email: 'true' is neither yes nor no; use one of the two"),
        ("U1,a@example.com,,UTC,yes,no,,", "push: '' is neither yes nor no; use one of the two"),
        ("U1,a@example.com,,UTC,yes,no,no,a b;c", "segments: 'a b': this may have letters, digits and"),
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
        (HEADER.replace("phone", "fax"), "line 1: unknown column 'fax'; the first line must be"),
        (HEADER.replace("\n", ",phone\n"), "line 1: a column is there twice; the first line must be"),
        (HEADER + 'U1,"oops\n', "after line 1: this is not CSV: unexpected end of data"),
        (HEADER + ANA + 'U2,"a"b,c\n', "after line 2: this is not CSV"),
        (
            HEADER.encode() + b"U1,\xff\xfe@example.com",
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
    assert len(found) == MOST_MISTAKES + 1
    assert found[-1] == f"and more from line {MOST_MISTAKES + 2} on"
