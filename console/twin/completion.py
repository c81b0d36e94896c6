"""Completion of the command line, for shells and for Temporal's own command, which `temporal console` belongs to."""

import os
import shlex
from collections.abc import Sequence

import typer
from typer.completion import (  # type: ignore[attr-defined]  # it does not say that they are its own
    completion_init,
    get_completion_script,
)

from console.twin.app import face_app
from console.twin.faces import FACES

PROGRAM = "tconsole"
VARIABLE = "_TCONSOLE_COMPLETE"
"""Says to the program that a shell wants completions."""

SHELLS = ("bash", "zsh", "fish")

NO_FILES = ":4"
"""Ends an answer to Temporal's command, whose own shell script reads it: file names are no completions."""


def script(shell: str) -> str:
    """Return what a shell has to evaluate.

    Raises:
        ValueError: there is no script for it.
    """
    if shell not in SHELLS:
        raise ValueError(f"{shell!r} is no shell that can be helped; known are {', '.join(SHELLS)}")
    completion_init()
    return get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell)


def complete(app: typer.Typer, arguments: Sequence[str] | None) -> int:
    """Write the completions that a shell wants, or of the last of ``arguments`` for Temporal's command."""
    if arguments is not None:
        words = [PROGRAM, *(arguments or [""])]
        os.environ |= {
            VARIABLE: "complete_bash",
            "COMP_WORDS": shlex.join(words),
            "COMP_CWORD": str(len(words) - 1),
        }
    _expand(app)
    try:
        app(prog_name=PROGRAM, standalone_mode=False)
    except SystemExit as ended:  # that is how Typer returns
        if arguments is not None:
            typer.echo(NO_FILES)
        return int(ended.code or 0)
    return 0


def _expand(app: typer.Typer) -> None:
    """Have the app know the commands of the system that is being typed, which are imported only when they run."""
    completion_init()
    words = os.environ.get("COMP_WORDS", os.environ.get("_TYPER_COMPLETE_ARGS", "")).split()
    for name in FACES:
        if name in words[1:2]:
            app.registered_commands[:] = [command for command in app.registered_commands if command.name != name]
            app.add_typer(face_app(name), name=name)
