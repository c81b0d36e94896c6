"""The layout of the tree."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_imports_keep_to_the_rules() -> None:
    # In a process of its own: import-linter's logging configuration disables all loggers that there are.
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - no input from outside
    assert run.returncode == 0, run.stdout + run.stderr
