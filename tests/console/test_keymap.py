"""Keys of one's own: what is wrong with them is said, and the others are everywhere."""

import pytest

from console.keymap import KeymapError, check, general_keys, rebound
from console.registry import SYSTEMS
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.settings import SettingsError, read_settings


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ({"inbx": "I"}, "there is no 'inbx'; did you mean inbox?"),
        ({"zzz": "I"}, "there is no 'zzz'"),
        ({"inbox": "hyper+q"}, "inbox = 'hyper+q': it is no key; write one character, f2, or one with ctrl+"),
        ({"cancel_order": "f5"}, "cancel_order = 'f5': the key of an action is one letter"),
        ({"inbox": "p"}, "'p' would be both inbox and confirm_payment (Orders); give one of them another key"),
        ({"inbox": "V"}, "'V' would be both inbox and Mark a range (Orders)"),
        ({"approve": "r"}, "'r' would be both approve and reject (Approvals)"),
        ({"view": "f"}, "'f' would be both view and history.failure (the history)"),
    ],
)
def test_a_wrong_key_says_what_is_wrong(keys: dict[str, str], mistake: str) -> None:
    with pytest.raises(KeymapError) as error:
        check(keys, SYSTEMS)
    assert str(error.value).startswith(mistake)


def test_keys_may_change_places() -> None:
    check({}, SYSTEMS)
    check({"inbox": "I", "history": "ctrl+h", "palette": "f2", "filter": "f"}, SYSTEMS[:1])
    check({"approve": "r", "reject": "a", "help": "?"}, SYSTEMS)
    orders, approvals, _ = rebound(SYSTEMS, {"approve": "r", "reject": "a"})
    assert {command.name: command.key for command in approvals.commands}["approve"] == "r"
    assert [command.key for command in orders.commands] == [command.key for command in SYSTEMS[0].commands]


def test_every_key_of_the_console_has_a_name() -> None:
    names = general_keys(SYSTEMS)
    assert {"inbox", "help", "history", "view", "copy", "web", "filter", "export", "quit", "palette"} <= names.keys()


def test_keys_are_written_as_pairs_or_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCONSOLE_KEYS", "inbox=I filter==")
    assert read_settings(ConsoleSettings).keys == {"inbox": "I", "filter": "="}
    assert ConsoleSettings(keys={"inbox": "I"}).keys == {"inbox": "I"}
    monkeypatch.setenv("TCONSOLE_KEYS", "inbox")
    with pytest.raises(SettingsError, match="TCONSOLE_KEYS: 'inbox' is not NAME=KEY; write pairs as inbox=I approve=A"):
        read_settings(ConsoleSettings)
