"""The arguments and options of the twin's commands."""

from typing import Annotated

import typer

WHICH = "Which rows"
HOW = "How"

Ident = Annotated[str, typer.Argument(metavar="ID", help="As people use it, such as ORD-20250131-143022.")]
Idents = Annotated[
    list[str], typer.Argument(metavar="ID...", help="One or more IDs; - reads one a line from standard input.")
]
Stage = Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="In this stage.", rich_help_panel=WHICH)]
Owner = Annotated[str | None, typer.Option("--owner", metavar="ID", help="Of this owner.", rich_help_panel=WHICH)]
Attention = Annotated[bool, typer.Option("--attention", help="That a person must look at.", rich_help_panel=WHICH)]
Mine = Annotated[bool, typer.Option("--mine", help="That wait for the operator.", rich_help_panel=WHICH)]
Text = Annotated[
    str, typer.Option("--filter", metavar="TEXT", help="As in the console's filter.", rich_help_panel=WHICH)
]
Query = Annotated[
    str | None,
    typer.Option("--query", metavar="LIST-FILTER", help="Temporal's list filter.", rich_help_panel=WHICH),
]
Limit = Annotated[
    int, typer.Option("--limit", min=1, max=100_000, metavar="N", help="So many at most.", rich_help_panel=WHICH)
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Write again after each change, until it ends.")]
Json = Annotated[str | None, typer.Option("--input", metavar="JSON", help="The payload whole, amounts in minor units.")]
JsonFile = Annotated[
    str | None, typer.Option("--input-file", metavar="FILE", help="The same, from a file; - is standard input.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.", rich_help_panel=HOW)]
Wait = Annotated[
    bool,
    typer.Option(
        "--wait", help="Wait until it has ended, needs a person, or nothing is under way.", rich_help_panel=HOW
    ),
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.1, metavar="S", help="Of --wait, in seconds.", rich_help_panel=HOW)
]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Refuse what changes something.", rich_help_panel=HOW)]
