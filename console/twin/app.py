"""The commands of one system: ``tconsole SYSTEM list``, ``show`` and so on, and one for each action."""

from collections.abc import Callable, Mapping, Sequence

import typer

from console.start.pass_on import PASSED_ON, become_workers
from console.twin import verbs
from console.twin.faces import FACES, commands_of

OTHERS: Mapping[str, Mapping[str, str]] = {
    "approvals": {
        "check-policy": "Check an approval policy: `check-policy [FILE]`.",
        "explain": "Say which levels a request would have: `explain --input-file FILE`.",
        "verify-trail": "Verify an exported audit trail: `verify-trail FILE`.",
        "releases": "List what is approved and is to be paid.",
    },
    "users": {
        "import": "Import users from a CSV file: `import FILE.csv`.",
        "report-bounce": "Say that mail to somebody bounced: `report-bounce WHO`.",
    },
    "campaigns": {"what-if": "Say what other caps would have refused: `what-if --policy FILE [--days 30]`."},
}
"""Commands about the store, which the workers' process carries out."""

LIST = "list"


def run_face(name: str, arguments: Sequence[str]) -> object:
    """Run the command of a system, and return its exit code.

    Raises:
        TyperException: the usage is wrong.
    """
    verb = arguments[0] if arguments else ""
    if verb in OTHERS.get(name, ()):
        become_workers([name, *arguments])
    app = face_app(name, verb)
    return app([*arguments], prog_name=f"tconsole {name}", standalone_mode=False)


def face_app(name: str, verb: str = "") -> typer.Typer:
    """Return the commands of a system; for the ``verb`` list that alone, since the others take long to import."""
    app = typer.Typer(
        help=FACES[name].about,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_face)
    app.command(LIST)(verbs.list_verb(name))
    if verb == LIST:
        return app
    from console.twin.action_verb import about, action_verb

    app.command("show")(verbs.show_verb(name))
    app.command("actions")(verbs.actions_verb(name))
    app.command("history")(verbs.history_verb(name))
    others = OTHERS.get(name, {})
    for word, command in commands_of(name).items():
        if word not in others:
            app.command(word, help=about(name, command))(action_verb(name, command))
    for word, words in others.items():
        app.command(word, help=words, context_settings=PASSED_ON, add_help_option=False)(_passed_on(name, word))
    return app


def _face() -> None:
    """One system; the help comes from its face."""


def _passed_on(name: str, word: str) -> Callable[[typer.Context], None]:
    def passed_on(context: typer.Context) -> None:
        become_workers([name, word, *context.args])

    return passed_on
