"""The commands of a system that change nothing, as functions that Typer calls; each returns the exit code."""

from collections.abc import Callable
from typing import Any

from console.start import flags
from console.twin import faces, parameters
from console.twin.asking import asked

Verb = Callable[..., Any]


def list_verb(name: str) -> Verb:
    """Return ``list``."""

    @flags.take_connection_flags
    def rows(  # noqa: PLR0913 - one parameter for each option
        *,
        stage: parameters.Stage = None,
        owner: parameters.Owner = None,
        attention: parameters.Attention = False,
        mine: parameters.Mine = False,
        text: parameters.Text = "",
        query: parameters.Query = None,
        limit: parameters.Limit = 200,
        output: flags.Output = "text",
        operator: flags.Operator = None,
        demo: flags.OfDemo = False,
        **connection: object,
    ) -> int:
        """List them, the newest first."""
        from console.twin.rows import Wanted, list_rows

        wanted = Wanted(stage, owner, attention, mine, text, query, limit)
        system = faces.system_named(name)
        return asked(
            lambda gateway: list_rows(gateway, system, wanted, output),
            connection,
            operator=operator,
            demo=demo,
            page_size=wanted.page_size,
        )

    return rows


def show_verb(name: str) -> Verb:
    """Return ``show``."""

    @flags.take_connection_flags
    def show(
        ident: parameters.Ident,
        *,
        follow: parameters.Follow = False,
        output: flags.Output = "text",
        operator: flags.Operator = None,
        demo: flags.OfDemo = False,
        **connection: object,
    ) -> int:
        """Show all that it answers about itself."""
        from console.twin.reading import show as show_one

        system, known = faces.system_named(name), faces.known_view(name)
        return asked(
            lambda gateway: show_one(gateway, system, ident, known, output, follow=follow),
            connection,
            operator=operator,
            demo=demo,
        )

    return show


def actions_verb(name: str) -> Verb:
    """Return ``actions``."""

    @flags.take_connection_flags
    def actions(
        ident: parameters.Ident,
        *,
        output: flags.Output = "text",
        operator: flags.Operator = None,
        demo: flags.OfDemo = False,
        **connection: object,
    ) -> int:
        """Say what the operator may do to it now, what that would do, and why not."""
        from console.twin.reading import show_actions

        system, known = faces.system_named(name), faces.known_view(name)
        return asked(
            lambda gateway: show_actions(gateway, system, ident, known, output),
            connection,
            operator=operator,
            demo=demo,
        )

    return actions


def history_verb(name: str) -> Verb:
    """Return ``history``."""

    @flags.take_connection_flags
    def history(
        ident: parameters.Ident,
        *,
        follow: parameters.Follow = False,
        output: flags.Output = "text",
        operator: flags.Operator = None,
        demo: flags.OfDemo = False,
        **connection: object,
    ) -> int:
        """List the events of its latest run."""
        from console.twin.reading import show_history

        system = faces.system_named(name)
        return asked(
            lambda gateway: show_history(gateway, system, ident, output, follow=follow),
            connection,
            operator=operator,
            demo=demo,
        )

    return history
