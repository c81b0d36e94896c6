"""``tconsole operators``: keys and the operators file, changed whole or not at all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.operators.command import operators_app
from console.operators.editing import NewOperator, NotChangedError, add, remove
from console.start.signing import why_not_sign
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.settings import SettingsError
from workflows.runtime.signing import SIGNER, key_file, read_key
from workflows.shared.identity.operators import OperatorsError, read_operators

NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)
OWN = """# our people
default_roles = ["see"]

[[role]]
name = "support"   # first line
may = ["see", "refund"]
refund_up_to = { USD = "500.00" }
"""


def test_a_key_pair_is_made_and_removed(tmp_path: Path) -> None:
    file, folder = tmp_path / "shared" / "operators.toml", tmp_path / "data"
    file.parent.mkdir()
    file.write_text(OWN)
    entry = add(file, folder, NewOperator("ana/é", ["support"]), NOW)
    private = key_file(folder, "ana/é")
    assert private.parent == folder / "keys"
    assert (private.stat().st_mode & 0o777, private.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert read_key(private).public_key().public_bytes_raw() == entry.key
    with pytest.raises(NotChangedError, match="there is a key of ana/é already"):
        add(file, folder, NewOperator("ana/é", ["see"]), NOW)
    with pytest.raises(OperatorsError, match="there is no role suport; did you mean support"):
        add(file, folder, NewOperator("ben", ["suport"]), NOW)
    assert not key_file(folder, "ben").exists()
    add(file, folder, NewOperator("chen", ["decide"], without_key=True), NOW)
    assert file.read_text().startswith(OWN)
    assert remove(file, folder, "ana/é", NOW)
    assert not private.exists()
    with pytest.raises(NotChangedError, match="there is no operator ana/é"):
        remove(file, folder, "ana/é", NOW)
    removed = read_operators(file).entry("ana/é")
    assert removed is not None
    assert (removed.is_valid(NOW - timedelta(seconds=1)), removed.is_valid(NOW)) == (True, False)
    again = add(file, folder, NewOperator("ana/é", ["see"]), NOW)
    assert again.removed_at is None
    assert again.key != entry.key
    private.chmod(0o640)
    with pytest.raises(SettingsError, match="others can read this key"):
        read_key(private)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCONSOLE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("TCONSOLE_OPERATORS_FILE", raising=False)
    monkeypatch.setenv("TCONSOLE_IDENTITY", "signed")
    run = CliRunner()
    settings = ConsoleSettings()
    assert why_not_sign(settings, "ana").endswith("make one with uv run tconsole operators add ana")
    assert run.invoke(operators_app, ["list"]).exit_code == 1
    assert run.invoke(operators_app, ["add", "workers"]).exit_code == 0
    assert run.invoke(operators_app, ["add", "ana", "--role", "decide"]).exit_code == 0
    assert run.invoke(operators_app, ["add", "ana"]).exit_code == 1
    assert why_not_sign(settings, "ana") == ""
    SIGNER.use(None)
    listed = run.invoke(operators_app, ["list"]).output.splitlines()
    assert [" ".join(line.split()) for line in listed] == [
        "workers service, send; acts for others: slack, customer; key here",
        "ana decide; key here",
    ]
    assert run.invoke(operators_app, ["remove", "ana"]).exit_code == 0
    assert "removed 20" in run.invoke(operators_app, ["list"]).output
