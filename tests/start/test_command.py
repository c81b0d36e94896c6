"""The command line: what it teaches, and that every mistake is one line with the right exit code."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, NoReturn
from unittest.mock import patch

import psutil
import pytest
from temporalio.client import Client

from console.start import cli
from console.start.flags import CONNECTION_FLAGS, ContradictionError, override_environment
from tests.support.eventually import eventually
from tests.support.processes import TIMEOUT, clean_environment, ended, free_port, running
from tests.support.terminal import Terminal
from workers.cli import main as become_workers

TCONSOLE = str(Path(sys.executable).with_name("tconsole"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give settings of the test's own."""
    return clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data"), TCONSOLE_SERVER_PORT=str(free_port()))


def tconsole(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run it without a terminal."""
    return subprocess.run(  # noqa: S603 - our own program
        [TCONSOLE, *arguments],
        env={**environment, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


class Answer(NamedTuple):
    """What a command told a script."""

    code: object
    stdout: str
    stderr: str


Command = Callable[..., Answer]


@pytest.fixture
def command(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Command:
    """Give a way to run it in this process without a terminal, a hundred times faster, until it starts something."""

    def run(*arguments: str) -> Answer:
        def execute(_: str, argv: Sequence[str]) -> NoReturn:
            become_workers(argv[argv.index("workers") + 1 :])
            raise AssertionError("it does not end")

        def end(code: int) -> NoReturn:
            raise SystemExit(code)

        with (
            patch.dict(os.environ, environment, clear=True),
            patch.object(sys, "argv", [TCONSOLE, *arguments]),
            patch.object(os, "execv", execute),
            patch.object(os, "_exit", end),
            patch("workflows.runtime.exit.BEFORE_EXIT", []),
            pytest.raises(SystemExit) as ended,
        ):
            cli.main()
        return Answer(ended.value.code, *capsys.readouterr())

    return run


def test_help_teaches(environment: dict[str, str]) -> None:
    done = tconsole("--help", environment=environment)
    assert done.returncode == 0
    flags = set(CONNECTION_FLAGS) | {
        "--operator",
        "--read-only",
        "--demo",
        "--ephemeral",
        "--no-workers",
        "--workers-only",
        "--version",
    }
    assert {flag for flag in flags if flag not in done.stdout} == set()
    assert "<bool>" not in done.stdout
    for taught in (
        "store sample",
        "store stock SKU QUANTITY",
        "users import FILE.csv",
        "Exit codes",
        "3 no server or no worker",
        "TCONSOLE_DATA_DIR",
        "tconsole --address",
        "logs/",
    ):
        assert taught in done.stdout


def test_it_is_also_a_command_of_temporals_own() -> None:
    assert Path(sys.executable).with_name("temporal-console").exists()


def test_version(environment: dict[str, str]) -> None:
    done = tconsole("--version", environment=environment)
    assert (done.returncode, done.stdout.split()[:2]) == (0, ["tconsole", version("tconsole")])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bogus"], "bogus"),
        (["--address"], "--address"),
        (["--address", ""], "--address is empty"),
        (["--demo=yes"], "--demo"),
        (["--workers-only", "--no-workers"], "--no-workers and --workers-only"),
        (["--workers-only", "--ephemeral"], "--workers-only and --ephemeral"),
        (["--workers-only", "--operator", "ana"], "--workers-only and --operator"),
        (["--operator", "two\tlines"], "--operator: 'two\\tlines' is not an operator's name; use one line of"),
        (["--no-workers", "--demo"], "--no-workers and --demo"),
        (["--ephemeral", "--address", "localhost:7233"], "--ephemeral and --address"),
        (["--tls-key-path", "a", "--tls-key-data", "b"], "--tls-key-path and --tls-key-data"),
        (["store", "stock"], "Missing argument 'SKU'; see tconsole store stock --help"),
        (["store", "stock", "SKU-LAMP", "many"], "QUANTITY"),
        (["journal", "--since", "yesterday"], "--since yesterday: write a time such as 24h"),
        (["journal", "-o", "xml"], "xml"),
        (["report", "--since", "soon"], "--since soon: write a time such as 24h"),
        (["--operator", "ana", "inbox"], "--operator in front of inbox has no effect; write it after inbox"),
        (["--demo", "journal"], "--demo in front of journal"),
        (["inbox", "--operator", "two\tlines"], "--operator: 'two\\tlines' is not an operator's name"),
        ([], "terminal"),
    ],
)
def test_a_mistake_is_one_line(command: Command, arguments: list[str], said: str) -> None:
    done = command(*arguments)
    assert (done.code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--bogus"], "--bogus"),
        (["store", "bogus"], "bogus"),
        (["--workers-only", "--address", "nonsense"], "HOST:PORT"),
        (["--workers-only", "--profile", "unheard-of"], "unheard-of"),
    ],
)
def test_scripts_see_a_mistake(environment: dict[str, str], arguments: list[str], said: str) -> None:
    done = tconsole(*arguments, environment=environment)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line


def test_workers_without_a_server_cannot_start(environment: dict[str, str], tmp_path: Path) -> None:
    certificate = str(tmp_path / "missing.pem")
    done = tconsole(
        *("--workers-only", "--address", f"127.0.0.1:{free_port()}", "--tls-ca-path", certificate),
        environment=environment,
    )
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert certificate in line


def test_a_report_without_a_server_has_what_was_done(environment: dict[str, str]) -> None:
    done = tconsole("report", "--address", f"127.0.0.1:{free_port()}", environment=environment)
    assert done.returncode == 3
    assert "Nothing was done from here." in done.stdout
    assert "Not known: no Temporal server answers" in done.stdout
    (line,) = done.stderr.splitlines()
    assert "no Temporal server answers" in line


async def test_workers_that_are_stopped_while_they_start_end_well(environment: dict[str, str]) -> None:
    command = [TCONSOLE, "--workers-only", "--address", f"127.0.0.1:{free_port()}"]
    with running(command, environment) as process:
        became = psutil.Process(process.pid)
        await eventually(lambda: "workers" in became.cmdline())
        process.send_signal(signal.SIGTERM)
        assert await ended(process) == 0


@pytest.mark.parametrize("name", ["store", "users"])
def test_the_short_help_is_the_long_one(command: Command, name: str) -> None:
    short, long = (command(name, flag) for flag in ("-h", "--help"))
    assert (short.code, short.stdout) == (0, long.stdout)
    assert f"Usage: tconsole {name}" in short.stdout


def test_store_commands_are_passed_on(environment: dict[str, str]) -> None:
    done = tconsole("store", "stock", "SKU-LAMP", "7", environment=environment)
    assert (done.returncode, done.stdout) == (0, "SKU-LAMP: 7 available\n")


def in_terminal(*arguments: str, environment: dict[str, str]) -> Terminal:
    """Run it in a terminal."""
    return Terminal([TCONSOLE, *arguments], columns=120, lines=30, environment=environment)


@pytest.mark.parametrize("where", ["flag", "variable"])
async def test_a_given_address_that_is_dead_is_said_and_nothing_is_started(
    environment: dict[str, str], tmp_path: Path, where: str
) -> None:
    address = f"127.0.0.1:{free_port()}"
    arguments = ["--address", address] if where == "flag" else []
    with in_terminal(*arguments, environment={**environment, "TEMPORAL_ADDRESS": address}) as terminal:
        assert await terminal.wait_for_exit() == 3
        shown = terminal.text.replace("\n", "")
        assert f"no Temporal server answers at {address}" in shown
        assert "start it" in shown
        assert "Traceback" not in terminal.text
    assert not (tmp_path / "data" / "run").exists()


async def test_a_server_that_answers_at_the_default_port_is_used(environment: dict[str, str], client: Client) -> None:
    port = client.service_client.config.target_host.rpartition(":")[2]
    with in_terminal("--no-workers", environment={**environment, "TCONSOLE_SERVER_PORT": port}) as terminal:
        await terminal.wait_for(lambda text: "connected" in text and f":{port}" in text)
        terminal.press("q")
        assert await terminal.wait_for_exit() == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TCONSOLE_THEME", "nope", ["'tconsole-dark', 'tconsole-light', ", "TCONSOLE_THEME"]),
        ("TCONSOLE_OPERATOR", "two\tlines", ["'two\\tlines' is not an operator's name", "TCONSOLE_OPERATOR"]),
        ("TCONSOLE_STORE_URL", "foo://u:hunter2@x", ["cannot be of kind 'foo'", "TCONSOLE_STORE_URL"]),
        ("TCONSOLE_DRAIN_SECONDS", "soon", ["'soon' is not a whole number", "TCONSOLE_DRAIN_SECONDS"]),
        ("TEMPORAL_PROFILE", "unheard-of", ["unheard-of"]),
    ],
)
async def test_a_setting_that_is_not_usable_is_said_before_anything_is_drawn(
    environment: dict[str, str], name: str, value: str, said: list[str]
) -> None:
    with in_terminal(environment={**environment, name: value}) as terminal:
        assert await terminal.wait_for_exit() == 2
        shown = terminal.text.replace("\n", "")
        assert [text for text in said if text not in shown] == []
        assert "hunter2" not in shown
        assert shown.startswith("tconsole: ")


async def test_a_terminal_that_cannot_draw_is_said(environment: dict[str, str]) -> None:
    command = ["env", "TERM=dumb", TCONSOLE]
    with Terminal(command, columns=120, lines=5, environment=environment) as terminal:
        assert await terminal.wait_for_exit() == 2
        assert terminal.text.strip() == (
            "tconsole: TERM=dumb: this terminal cannot draw a screen; use another, or set TERM=xterm-256color"
        )


async def test_a_data_folder_that_cannot_be_used_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, where a folder should be")
    with in_terminal(environment=environment) as terminal:
        assert await terminal.wait_for_exit() == 1
        assert str(tmp_path / "data") in terminal.text.replace("\n", "")
        assert "Traceback" not in terminal.text


def test_a_flag_comes_before_its_variable() -> None:
    environment = {"TEMPORAL_ADDRESS": "old:1", "TEMPORAL_NAMESPACE": "kept"}
    override_environment(environment, {"address": "new:2", "namespace": None, "tls": False})
    assert environment == {"TEMPORAL_ADDRESS": "new:2", "TEMPORAL_NAMESPACE": "kept", "TEMPORAL_TLS": "false"}


@pytest.mark.parametrize(("given", "other"), [("path", "DATA"), ("data", "PATH")])
def test_a_certificate_comes_before_the_variable_of_its_other_form(given: str, other: str) -> None:
    environment = {f"TEMPORAL_TLS_CLIENT_CERT_{other}": "old"}
    override_environment(environment, {f"tls_cert_{given}": "new"})
    assert environment == {f"TEMPORAL_TLS_CLIENT_CERT_{given.upper()}": "new"}


def test_a_contradiction_changes_nothing() -> None:
    environment = {"TEMPORAL_ADDRESS": "old:1", "TEMPORAL_TLS_CLIENT_CERT_DATA": "old"}
    with pytest.raises(ContradictionError):
        override_environment(
            environment, {"address": "new:2", "tls_cert_path": "a", "tls_ca_path": "a", "tls_ca_data": "b"}
        )
    assert environment == {"TEMPORAL_ADDRESS": "old:1", "TEMPORAL_TLS_CLIENT_CERT_DATA": "old"}


async def test_a_mistake_of_ours_is_one_line_and_the_rest_is_in_the_log(
    environment: dict[str, str], tmp_path: Path
) -> None:
    broken = (
        "import console.app, console.start.cli\n"
        "def fail(self): raise RuntimeError('a mistake of ours')\n"
        "console.app.ConsoleApp.on_mount = fail\n"
        "console.start.cli.main()"
    )
    with Terminal([sys.executable, "-c", broken], columns=120, lines=30, environment=environment) as terminal:
        assert await terminal.wait_for_exit() == 1
        assert "something unexpected went wrong" in terminal.text
        assert "console.log" in terminal.text.replace("\n", "")
        assert "Traceback" not in terminal.text
    log = (tmp_path / "data" / "logs" / "console.log").read_text(encoding="utf-8")
    assert "a mistake of ours" in log
