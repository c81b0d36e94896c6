"""Text from outside is only text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.design.text import JOINERS, MAX_MARKS, VISIBLE_FORMAT, plain, plain_lines

ANY_TEXT = st.text(alphabet=st.characters(codec=None, categories=None))
SEQUENCES = ("\x1b[31m", "\x1b]0;title\x07", "\x9b2J")
SPITEFUL = st.lists(st.sampled_from([*SEQUENCES, *"\u202e\u2066\u200b\u200d\u0301\n\x00aن👩 "])).map("".join)


@pytest.mark.parametrize(
    ("raw", "drawn"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x9b31mred", "red"),
        ("\x1bPq payload \x1b\\after", "after"),
        ("cut short \x1b[", "cut short"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("\u2066isolated\u2069", "isolated"),
        ("pay\u200bpal", "paypal"),
        ("first\nsecond\tthird\u2028fourth", "first second third fourth"),
        ("bell\x07 and null\x00", "bell and null"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("👩\u200d🔬", "👩🔬"),
        ("half a pair \ud800", "half a pair \N{REPLACEMENT CHARACTER}"),
        ("\u3164\u3164", ""),
        ("नमस्ते, žluťoučký, 日本語", "नमस्ते, žluťoučký, 日本語"),
    ],
)
def test_plain_keeps_what_people_read_and_drops_what_steers(raw: str, drawn: str) -> None:
    assert plain(raw) == drawn


def test_marks_do_not_pile_up() -> None:
    assert plain("a" + "\u0301" * 50) == "a" + "\u0301" * MAX_MARKS


@pytest.mark.parametrize(
    ("text", "limit", "drawn"),
    [
        ("Edsger Dijkstra", 15, "Edsger Dijkstra"),
        ("Edsger Dijkstra", 8, "Edsger…"),
        ("日本語", 4, "日…"),
        ("abc", 0, ""),
    ],
)
def test_a_long_text_ends_in_an_ellipsis(text: str, limit: int, drawn: str) -> None:
    assert plain(text, limit=limit) == drawn


def test_lines_keep_their_breaks_and_nothing_else() -> None:
    assert plain_lines("worth\x1b[2J it\r\n\n\u202eyes  indeed\x07\n") == "worth it\n\nyes indeed"


@given(st.one_of(ANY_TEXT, SPITEFUL))
def test_nothing_that_steers_survives(raw: str) -> None:
    line = plain(raw)
    for character in line:
        category = unicodedata.category(character)
        assert category not in {"Cc", "Cs", "Zl", "Zp"}
        assert category != "Cf" or character in VISIBLE_FORMAT or character in JOINERS
    line.encode()
    assert plain(line) == line


@given(st.one_of(ANY_TEXT, SPITEFUL), st.integers(min_value=0, max_value=40))
def test_a_limit_holds(raw: str, limit: int) -> None:
    assert cell_len(plain(raw, limit=limit)) <= limit
