"""The commands that fill the store, as scripts see them: words and exit codes."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import typer
from typer.testing import CliRunner, Result

from workers.store.commands import store_app, users_app
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workers.store.stock import StockLevel
from workers.store.users import SqlUsers

T = TypeVar("T")
HEADER = "user_id,email_address,phone,timezone,email,sms,push,segments\n"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder of the test's own, where the default store is."""
    monkeypatch.setenv("TCONSOLE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("TCONSOLE_STORE_URL", raising=False)
    return tmp_path


def run(app: typer.Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def ask(data_dir: Path, question: Callable[[Store], Awaitable[T]]) -> T:
    async def answer() -> T:
        store = await open_store(f"sqlite:///{data_dir / 'store.sqlite'}")
        try:
            return await question(store)
        finally:
            await store.close()

    return asyncio.run(answer())


def test_stock_is_set_and_set_again(data_dir: Path) -> None:
    assert run(store_app, "stock", "SKU-X", "5").output == "SKU-X: 5 available\n"
    assert run(store_app, "stock", "SKU-X", "0").exit_code == 0
    assert ask(data_dir, lambda store: SqlInventory(store).levels()) == [StockLevel("SKU-X", 0, 0, 0)]


@pytest.mark.parametrize("quantity", ["-5", "-1", "1.5", "many", "", "1e3", "\u0661", "1000000001", "9" * 5000])
def test_a_wrong_quantity_is_one_clear_line(data_dir: Path, quantity: str) -> None:
    result = run(store_app, "stock", "SKU-X", quantity)
    assert result.exit_code == 2
    assert result.stderr == f"QUANTITY: {quantity!r} is not a whole number from 0 to 1000000000; use one like 25\n"
    assert not (data_dir / "store.sqlite").exists()


@pytest.mark.parametrize("sku", ["", " ", "x" * 201, "a\u200bb", "a\tb"])
def test_a_wrong_sku_is_one_clear_line(data_dir: Path, sku: str) -> None:
    result = run(store_app, "stock", "--", sku, "5")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"SKU: {sku!r} is not a SKU; use one line of visible characters")
    assert not (data_dir / "store.sqlite").exists()


def test_the_sample_as_often_as_one_likes(data_dir: Path) -> None:
    assert run(store_app, "sample").exit_code == 0
    run(store_app, "stock", "SKU-DESK", "7")
    assert "4 SKUs, 7 people, 50 users" in run(store_app, "sample").output
    levels = {level.sku: level.available for level in ask(data_dir, lambda store: SqlInventory(store).levels())}
    assert levels["SKU-DESK"] == 7


def test_users_are_imported(data_dir: Path) -> None:
    file, rows = data_dir / "users.csv", ["U1,a@example.com,,UTC,yes,no,no,all", "U2,b@example.com,,UTC,yes,no,no,all"]
    for count, users in ((1, "1 user"), (2, "2 users")):
        file.write_text(HEADER + "\n".join(rows[:count]))
        result = run(users_app, "import", str(file))
        assert (result.exit_code, result.output) == (0, f"imported {users} from users.csv\n")
        assert ask(data_dir, lambda store: SqlUsers(store).segment_size("all")) == count


def test_the_folder_is_only_its_users_unless_it_was_there(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = data_dir / "new", data_dir / "old"
    old.mkdir(mode=0o755)
    for folder in (new, old):
        monkeypatch.setenv("TCONSOLE_DATA_DIR", str(folder))
        assert run(store_app, "stock", "SKU-X", "5").exit_code == 0
    assert (new.stat().st_mode & 0o777, old.stat().st_mode & 0o777) == (0o700, 0o755)


def test_a_mistake_in_the_file(data_dir: Path) -> None:
    file = data_dir / "users.csv"
    file.write_text(HEADER + "U1,a@example.com,,UTC,yes,no,no,all\nU2,b@example.com,,UTC,perhaps,no,no,all\n")
    result = run(users_app, "import", str(file))
    assert result.exit_code == 1
    mistake = f"{file}: line 3: email: 'perhaps' is neither yes nor no; use one of the two\n"
    assert result.stderr == f"{mistake}1 mistake: these rows were not imported\n"
    assert result.stdout == "imported 1 user from users.csv\n"
    strict = run(users_app, "import", str(file), "--strict")
    assert (strict.exit_code, strict.stdout, strict.stderr) == (1, "", f"{mistake}nothing was imported\n")
    assert ask(data_dir, lambda store: SqlUsers(store).segment_size("all")) == 1


def test_a_file_that_is_not_there(data_dir: Path) -> None:
    for path in (data_dir / "none.csv", data_dir):
        result = run(users_app, "import", str(path))
        assert result.exit_code == 2
        assert result.stderr == f"FILE.csv: there is no file {path}; give the path of a CSV file\n"


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("mysql://u:hunter2@db/x", 2, "TCONSOLE_STORE_URL: the store cannot be of kind 'mysql'"),
        ("postgresql://u:hunter2@127.0.0.1:1/x?connect_timeout=2", 1, "the store "),
    ],
)
def test_a_store_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, url: str, code: int, said: str) -> None:
    monkeypatch.setenv("TCONSOLE_STORE_URL", url)
    result = run(store_app, "sample")
    assert result.exit_code == code
    assert result.stderr.startswith(said)
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.output


def test_settings_that_cannot_be_read(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCONSOLE_DRAIN_SECONDS", "-1")
    result = run(store_app, "sample")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "TCONSOLE_DRAIN_SECONDS: '-1' is too little: 0 or more" in result.stderr
    (data_dir / "tconsole").mkdir()
    (data_dir / "tconsole" / "config.toml").write_text("not toml")
    assert run(store_app, "sample").exit_code == 2


@pytest.mark.parametrize("address", ["localhost:7233", ""])
def test_a_backup_says_whether_it_has_the_embedded_server(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    run(store_app, "stock", "SKU-X", "5")
    sqlite3.connect(data_dir / "temporal.sqlite").close()
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)  # the embedded server's, perhaps
    output = run(store_app, "backup", str(data_dir / "backup.zip")).output
    assert ("without a Temporal server, as of" in output) == bool(address)
