"""IDs of other systems are taken as they are, and nothing that cannot be seen is in one."""

import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.support.identifiers import FOREIGN_IDS
from workflows.shared.fields import INVISIBLE, Identifier, LongIdentifier
from workflows.shared.items import shown

VISIBLE_FORMAT = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Signs around numbers and verses, which Python does not print."""

ID: TypeAdapter[str] = TypeAdapter(Identifier)
LONG_ID: TypeAdapter[str] = TypeAdapter(LongIdentifier)


@pytest.mark.parametrize("text", FOREIGN_IDS)
def test_an_id_of_another_system_is_taken_as_it_is(text: str) -> None:
    assert ID.validate_python(text) == text
    assert LONG_ID.validate_python(text) == text


def test_blanks_around_an_id_are_cut_off() -> None:
    assert ID.validate_python("  LAMP RED ") == "LAMP RED"


@pytest.mark.parametrize(
    "char",
    [
        *"\0\t\n\r\x1b\x7f\x85",  # control
        *"\u200b\u200c\u200d\u2060\ufeff\u034f\u3164\ufe0f\u00ad",  # shows nothing
        *"\u061c\u200e\u200f\u202a\u202e\u2066\u2069",  # bidirectional
        *"\u2028\u2029\u00a0\u3000",  # line ends, and blanks that look like the usual one
        "\ud800",  # half a character
    ],
)
@pytest.mark.parametrize("text", ["A{}B", "{}A", "A{}"])
def test_what_cannot_be_seen_is_refused_by_its_name(text: str, char: str) -> None:
    with pytest.raises(ValidationError, match=f"visible characters, and U\\+{ord(char):04X} is none"):
        ID.validate_python(text.format(char))


def test_what_can_be_seen_is_what_python_prints() -> None:
    """The table is ours. Characters that Unicode has not assigned yet count as visible."""
    chars = {chr(point) for point in (*range(0x20000), *range(0xE0000, 0xE1000))}
    taken = {char for char in chars if not INVISIBLE.match(char)}
    printed = {char for char in chars if char.isprintable()}
    assert {char for char in taken - printed if unicodedata.category(char) != "Cn"} == VISIBLE_FORMAT
    nothing = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    selectors = {chr(point) for point in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))}
    assert printed - taken == selectors | set(nothing)


@pytest.mark.parametrize("text", ["", "   ", "x" * 201])
def test_an_id_has_one_to_200_characters(text: str) -> None:
    with pytest.raises(ValidationError, match=r"at (least 1|most 200) character"):
        ID.validate_python(text)


def test_an_id_made_of_two_is_bounded_by_its_bytes() -> None:
    assert LONG_ID.validate_python(f"{FOREIGN_IDS[-1]}:{FOREIGN_IDS[-1]}")
    with pytest.raises(ValidationError, match="1,602 bytes in UTF-8; 1,601 at most"):
        LONG_ID.validate_python("x" * 1_602)


@pytest.mark.parametrize(
    ("ident", "expected"),
    [("ORD-1", "ORD-1"), ("LAMP RED/XL", "LAMP RED/XL"), ("ORD-1 ", '"ORD-1 "'), (" A", '" A"'), ("A  B", '"A  B"')],
)
def test_blanks_that_nobody_would_see_are_in_quotes(ident: str, expected: str) -> None:
    assert shown(ident) == expected
