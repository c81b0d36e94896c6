"""The commands about the company's directory: `tconsole people …`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from workers.policy.files import FilePolicies
from workers.settings.approvals import ApprovalSettings
from workers.store.command_line import REFUSED, WRONG_USAGE, ListOutput, fail, import_csv, say_which_store, with_store
from workers.store.directory import all_people
from workers.store.people import PeopleMistakesError, import_people
from workers.store.people import add_person as put_person
from workers.store.person_row import CALENDARS, PersonRow
from workflows.approvals.people.resolve import EMPTY_DIRECTORY
from workflows.approvals.policy.reading import PolicyError
from workflows.approvals.ports import Absence, Person
from workflows.runtime.settings import read_settings
from workflows.shared.inputs import one_line, printable
from workflows.shared.json_text import json_text

LONGEST = 500
"""Characters of a line about a person."""

people_app = typer.Typer(help="Tell the approvals who is in the company, and who decides.", no_args_is_help=True)


@people_app.callback()
def _people() -> None:
    """Tell the approvals who is in the company, and who decides."""


@people_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV in UTF-8, with the columns named above")],
) -> None:
    """Import people from a CSV file: all of them, or none when a row has a mistake.

    Columns: person_id,name, and if you like email,manager,groups,timezone,slack_id,calendar,absent_from,absent_until,
    substitute,digest. Manager and substitute are a person_id, in the file or in the directory; groups are separated by
    semicolons; days are written 2026-12-24, and the last one is part of the absence; the calendar is that of a country
    or region, such as US or DE-BY, or one of the policy's; digest is the local time of day, such as 09:00, of one Slack
    message about all that waits for them, instead of one for each request.

    A known person is changed to what the file says: an empty cell removes what was there, a missing column nothing.
    """
    calendars = _calendars()
    count = import_csv(file, lambda store, path: import_people(store, path, calendars))
    typer.echo(f"imported {count} {'person' if count == 1 else 'people'} from {file.name}")
    say_which_store()


@people_app.command("add")
def add_person(  # noqa: PLR0913 - an option for each column
    person_id: Annotated[str, typer.Argument(metavar="ID", help="as in requests and in --operator")],
    *,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Default: the ID.")] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="For notifications.")] = None,
    manager: Annotated[
        str | None, typer.Option(metavar="ID", help="Who decides first; somebody in the directory.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Such as hr or directors; may be repeated.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Such as Europe/Paris.")] = None,
    slack_id: Annotated[str | None, typer.Option(metavar="ID", help="Of the Slack member, such as U024BE7LH.")] = None,
    calendar: Annotated[str | None, typer.Option(metavar="CODE", help="US, DE-BY, or one of the policy's.")] = None,
    absent_from: Annotated[str | None, typer.Option(metavar="DAY", help="First day of an absence.")] = None,
    absent_until: Annotated[str | None, typer.Option(metavar="DAY", help="Its last day, if that is known.")] = None,
    substitute: Annotated[str | None, typer.Option(metavar="ID", help="Who stands in during absences.")] = None,
    digest: Annotated[
        str | None, typer.Option(metavar="TIME", help="One Slack message a day, at 09:00, instead of one each.")
    ] = None,
) -> None:
    """Add a person to the directory, or say more about a known one.

    What is left out stays as it is, and what is empty ("") is removed; groups are added.
    """
    columns: dict[str, str | list[str] | None] = {
        "email": email,
        "manager": manager,
        "groups": group,
        "timezone": timezone,
        "slack_id": slack_id,
        "calendar": calendar,
        "absent_from": absent_from,
        "absent_until": absent_until,
        "substitute": substitute,
        "digest": digest,
    }
    told = {column: value for column, value in columns.items() if value is not None}
    try:
        given = {"person_id": person_id, "name": name or person_id, **told}
        row = PersonRow.model_validate(given, context={CALENDARS: "\n".join(_calendars())})
    except ValidationError as error:
        fail(one_line(error), WRONG_USAGE)
    try:
        now = with_store(lambda store: store.write(put_person, row))
    except PeopleMistakesError as error:
        fail(f"{error}\nnothing was changed", REFUSED)
    typer.echo(", ".join([f"{now.person_id} is in the directory", *_known(now)]))
    say_which_store()


@people_app.command("list")
def list_people(
    output: Annotated[ListOutput, typer.Option("--output", "-o", help="How to write it.")] = ListOutput.TEXT,
) -> None:
    """Show everybody in the directory, one on each line, in the order of their IDs."""
    everybody = with_store(lambda store: store.read(all_people))
    match output:
        case ListOutput.JSON:
            typer.echo(json_text([_columns(person) for person in everybody], indent=2))
        case ListOutput.JSONL:
            for person in everybody:
                typer.echo(json_text(_columns(person)))
        case ListOutput.TEXT:
            for person in everybody:
                parts = [person.person_id, person.name, person.email, *_known(person)]
                typer.echo(printable(" · ".join(part for part in parts if part), LONGEST))
            if not everybody:
                typer.echo(EMPTY_DIRECTORY, err=True)


def _calendars() -> list[str]:
    """Return the names of the policy's calendars; none while its file cannot be used, which others say."""
    try:
        return list(FilePolicies(read_settings(ApprovalSettings).approval_policy).read_now().policy.calendar)
    except PolicyError:
        return []


def _known(person: Person) -> Iterator[str]:
    """Return what is known of a person besides ID, name and address."""
    if person.manager:
        yield f"manager {person.manager}"
    yield from (f"group {group}" for group in person.groups)
    yield from (part for part in (person.timezone, person.calendar and f"calendar {person.calendar}") if part)
    if person.slack_id:
        yield f"Slack {person.slack_id}"
    if person.absence:
        yield f"absent {_days(person.absence)}"
    yield from (f"on approved leave {_days(leave)}" for leave in person.booked)
    if person.substitute:
        yield f"substitute {person.substitute}"
    if person.digest:
        yield f"daily digest at {person.digest}"


def _days(absence: Absence) -> str:
    if absence.until is None:
        return f"from {absence.since}"
    return f"from {absence.since} until {absence.until}" if absence.until != absence.since else f"on {absence.since}"


def _columns(person: Person) -> dict[str, Any]:
    """Return a person as an import has them."""
    absence = person.absence
    return {
        "person_id": person.person_id,
        "name": person.name,
        "email": person.email or None,
        "manager": person.manager,
        "groups": list(person.groups),
        "timezone": person.timezone,
        "slack_id": person.slack_id,
        "calendar": person.calendar,
        "absent_from": str(absence.since) if absence else None,
        "absent_until": str(absence.until) if absence and absence.until else None,
        "substitute": person.substitute,
        "digest": person.digest,
    }
