"""The twin's command line: every command explains itself, and wrong usage is one line that says what is right."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from console.commands.command import AnyCommand
from console.start import cli
from console.twin.app import OTHERS, face_app
from console.twin.completion import complete
from console.twin.faces import FACES, commands_of, word_of
from console.twin.options import field_options
from console.twin.payload import UsageError, read_input, values_of
from console.twin.rows import Wanted, row_filter
from workflows.campaigns.models import CampaignRequest, SetPreferences
from workflows.orders.models import ExtendPaymentWindow, PaymentConfirmation

RUNNER = CliRunner(env={"COLUMNS": "200"})

COMMANDS = [
    pytest.param(name, word_of(command), command, id=f"{name}-{command.name}")
    for name in FACES
    for command in dict.fromkeys(commands_of(name).values())
    if word_of(command) not in OTHERS.get(name, {})
]


@pytest.fixture(scope="module")
def apps() -> dict[str, typer.Typer]:
    """Give the commands of all systems."""
    return {name: face_app(name) for name in FACES}


@pytest.mark.parametrize(("name", "word", "command"), COMMANDS)
def test_each_action_explains_each_field(
    apps: dict[str, typer.Typer], name: str, word: str, command: AnyCommand
) -> None:
    answer = RUNNER.invoke(apps[name], [word, "--help"])
    assert answer.exit_code == 0, answer.output
    for option in field_options(command.payload):
        assert option.flag in answer.output
        assert option.spec.label in answer.output


def test_short_words_are_listed() -> None:
    assert commands_of("orders")["pay"].name == "confirm_payment"
    assert commands_of("orders")["cancel"].name == "cancel_order"


def test_options_are_read_as_in_the_form() -> None:
    texts = {"amount": "25.5", "currency": "USD", "payment_id": "p"}
    assert values_of(PaymentConfirmation, texts) == {"amount": 2_550, "currency": "USD", "payment_id": "p"}
    assert values_of(ExtendPaymentWindow, {"seconds": "2 h"}) == {"seconds": 7_200}
    assert values_of(CampaignRequest, {"when_capped": "defer", "tags": "a, b"}) == {
        "when_capped": "defer",
        "tags": ["a", "b"],
    }
    hours = '{"start": "22:00", "end": "07:00", "timezone": "Europe/Paris"}'
    assert values_of(SetPreferences, {"quiet_hours": hours}) == {"quiet_hours": json.loads(hours)}


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"amount": "25.005", "currency": "USD"}, "--amount 25.005: USD has 2 decimals"),
        ({"amount": "25,00", "currency": "USD"}, "--amount 25,00: write it without commas"),
        ({"amount": "25"}, "--amount 25: give the currency as well"),
        ({"amount": "\x1b[31m9", "currency": "XXX"}, "--amount 9: cannot be read without a known currency"),
    ],
)
def test_an_amount_that_is_none_says_what_is_right(texts: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as raised:
        values_of(PaymentConfirmation, texts)
    assert str(raised.value).startswith(words)


def test_input_that_is_no_json_object_says_where(tmp_path: Path) -> None:
    file = tmp_path / "input.json"
    for text, words in (
        ("{,}", "--input is not JSON: Expecting property name enclosed in double quotes in line 1, column 2"),
        ("[1]", "--input must be a JSON object"),
        ("[" * 100_000, "--input is not JSON: it is nested too deeply"),
    ):
        with pytest.raises(UsageError, match=words.replace("[", r"\[")):
            read_input(text, None)
    file.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="is not UTF-8"):
        read_input(None, str(file))
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_input(None, str(tmp_path / "none"))
    with pytest.raises(UsageError, match="say the same thing"):
        read_input("{}", str(file))
    file.write_text('\ufeff{"a": 1}', encoding="utf-8")
    assert read_input(None, str(file)) == {"a": 1}


def test_filters_that_exclude_each_other_or_mean_nothing_are_refused() -> None:
    for wanted, words in (
        (Wanted(stage="PAID", attention=True), "--attention and --stage exclude each other"),
        (Wanted(text="foo:bar"), "--filter: foo: is unknown"),
        (Wanted(query="BizAmount > 1 ORDER BY StartTime"), "--query: "),
    ):
        with pytest.raises(UsageError, match=words):
            row_filter(wanted, "chen")
    assert row_filter(Wanted(mine=True, owner="ana"), "chen").server.waiting_for == "chen"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("orders", "show", "X", "--address", "127.0.0.1:1"), 3, "no Temporal server answers"),
        (("orders", "cancel", "X", "--reason", "y", "--read-only"), 1, "read-only"),
        (("orders", "cancel", "X", "--bogus"), 2, "No such option: --bogus; see tconsole orders cancel --help"),
        (("orders", "bogus"), 2, "No such command 'bogus'"),
        (("users", "show"), 2, "Missing argument 'ID'"),
    ],
)
def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.setattr("sys.argv", ["tconsole", *words])
    monkeypatch.setattr("os.environ", {"HOME": "/nowhere", "PATH": ""})
    ended: list[int] = []
    monkeypatch.setattr(cli, "exit_process", ended.append)
    cli.main()
    out, err = capsys.readouterr()
    assert ended == [code]
    assert not out
    assert said in err
    assert len(err.splitlines()) == 1


def test_the_words_of_a_command_are_completed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr(cli.app, "registered_commands", [*cli.app.registered_commands])
    monkeypatch.setattr(cli.app, "registered_groups", [*cli.app.registered_groups])
    assert complete(cli.app, ["orders", "extend"]) == 0
    assert capsys.readouterr().out == "extend-payment-window\n:4\n"
    assert complete(cli.app, ["orders", "pay", "--amo"]) == 0
    assert capsys.readouterr().out == "--amount\n:4\n"
