"""What is typed on the command line names a command, or is told what is wrong."""

import pytest

from console.commands.entries import Argument, Entry
from console.commands.typed import MAX_KEPT, UnknownCommandError, explained, proposals, remember, resolve

RAN: list[str] = []
ENTRIES = [
    Entry("Orders: Cancel order ORD-1", "releases 3 pieces", lambda: RAN.append("cancel"), "cancel-order"),
    Entry("Campaigns: Cancel", "stops it", lambda: RAN.append("other"), "campaigns cancel"),
    Entry("Theme: high contrast", "turns to it", lambda: RAN.append("theme"), "theme high-contrast"),
    Entry("View: Late ones", "late", lambda: RAN.append("view"), "view Late ones"),
    Entry("Open an ID", "by its ID", lambda: None, "open", Argument("ID", RAN.append, ["order-ORD-1", "order-2"])),
    Entry("of the palette alone", "", lambda: None),
]


@pytest.mark.parametrize(
    ("typed", "ran"),
    [
        ("cancel-order", "cancel"),
        ("Cancel-Order ", "cancel"),
        ("campaigns  cancel", "other"),
        ("theme high-contrast", "theme"),
        ("view Late ones", "view"),
        ("open order-ORD 1", "order-ORD 1"),
    ],
)
def test_a_command_is_found_by_its_word(typed: str, ran: str) -> None:
    RAN.clear()
    resolve(typed, ENTRIES)()
    assert [ran] == RAN


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("cancle-order", "there is no command 'cancle-order'; did you mean cancel-order?"),
        ("cancel-order now", "cancel-order takes nothing behind it"),
        ("qqqq", "there is no command 'qqqq'"),
    ],
)
def test_what_is_no_command_says_so(typed: str, why: str) -> None:
    with pytest.raises(UnknownCommandError) as error:
        resolve(typed, ENTRIES)
    assert str(error.value) == why


def test_what_begins_so_is_proposed_before_what_holds_it() -> None:
    assert proposals("can", ENTRIES) == ["cancel-order", "campaigns cancel"]
    assert proposals("open order-o", ENTRIES) == ["open order-ORD-1"]
    assert proposals("theme ", ENTRIES) == ["theme high-contrast"]
    assert explained("cancel-order", ENTRIES) == "releases 3 pieces"
    assert explained("open o", ENTRIES) == "ID: by its ID"
    assert explained("o", ENTRIES) == ""


def test_the_latest_commands_are_remembered_once() -> None:
    typed = ["one", "two"]
    remember(typed, "one")
    assert typed == ["two", "one"]
    for number in range(2 * MAX_KEPT):
        remember(typed, str(number))
    assert len(typed) == MAX_KEPT
