"""The layout of the tree."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_LINES = 400
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_imports_keep_to_the_rules() -> None:
    # In a process of its own: import-linter's logging configuration disables all loggers that there are.
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - no input from outside
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_file_is_too_long() -> None:
    files = [file.relative_to(ROOT) for file in ROOT.rglob("*.py")]
    in_tree = [file for file in files if not any(part.startswith(".") for part in file.parts)]
    lengths = {str(file): len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in in_tree}
    assert "tests/test_layout.py" in lengths
    assert {file: lines for file, lines in lengths.items() if lines > MAX_LINES} == {}
