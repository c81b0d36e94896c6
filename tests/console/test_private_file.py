"""Files that only the operator can read."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.private_file import write_private


def test_a_file_is_written_whole_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "exports" / "orders.csv"
    write_private(path, (f"{number}\n" for number in range(3)))
    assert path.read_bytes() == b"0\n1\n2\n"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    write_private(path, "other")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("other", 0o600)
    assert [each.name for each in path.parent.iterdir()] == ["orders.csv"]


def test_a_write_that_fails_leaves_the_file_as_it_was_and_no_other(tmp_path: Path) -> None:
    def texts() -> Iterator[str]:
        yield "half"
        raise OSError("no space left on device")

    path = tmp_path / "views.json"
    write_private(path, "before")
    with pytest.raises(OSError, match="no space left"):
        write_private(path, texts())
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["views.json"]
