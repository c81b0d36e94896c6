"""The commands `tconsole approvals check-policy`, `explain`, `releases` and `verify-trail`."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from workers.policy.files import FilePolicies, problems_of
from workers.policy.releases import list_releases
from workers.settings.approvals import ApprovalSettings
from workers.store.command_line import REFUSED, WRONG_USAGE, Output, fail, read_text, with_store, worker_settings
from workers.store.directory import SqlDirectory, all_people
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.migrate import exists
from workflows.approvals.audit import Log, broken_at
from workflows.approvals.models import ApprovalRequest, AuditEntry, AuditTrail
from workflows.approvals.people.chain_preview import ChainPreview, preview_chain
from workflows.approvals.people.resolve import EMPTY_DIRECTORY
from workflows.approvals.policy.reading import PolicyError, PolicyFile
from workflows.approvals.ports import Person
from workflows.approvals.trail_files import UnreadableTrailError, from_json_lines
from workflows.runtime.settings import read_settings
from workflows.shared.counts import number_of
from workflows.shared.inputs import one_line, printable

UNNAMED = {"request_id": "REQ"}
"""Of a request that is only explained."""
MAX_LINE = 500
"""Characters."""

approvals_app = typer.Typer(
    help="Look at the approval policy, audit trails, and what is to be paid.", no_args_is_help=True
)


@approvals_app.callback()
def _approvals() -> None:
    """Look at the approval policy, audit trails, and what is to be paid."""


@approvals_app.command("check-policy")
def check_policy(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A TOML file; without it the policy of the settings.")
    ] = None,
) -> None:
    """Say what is wrong with a policy file: one line each, as FILE:LINE: what. Exit code 1 if there is anything.

    Its people and groups are looked up in the directory, and every person's request is tried.
    """
    policy, everybody = _policy(file), _everybody()
    problems = problems_of(policy, everybody, datetime.now(UTC).date())
    if problems:
        for line in PolicyError(policy.name, problems).lines:
            typer.echo(line)
        raise typer.Exit(REFUSED)
    if not everybody:
        typer.echo(f"people were not checked: {EMPTY_DIRECTORY}", err=True)
    people = f" and {number_of(len(everybody), 'person', 'people')}" if everybody else ""
    typer.echo(f"{policy.name}: right, {number_of(len(policy.policy.rule), 'rule')}{people}")


@approvals_app.command("explain")
def explain(
    input_file: Annotated[
        str | None, typer.Option("--input-file", metavar="FILE", help="The request in JSON; - is standard input.")
    ] = None,
    input_json: Annotated[str | None, typer.Option("--input", metavar="JSON", help="The request itself.")] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Another policy than that of the settings.")
    ] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to write it.")] = Output.TEXT,
) -> None:
    """Show the chain that a request would get: its rule, levels, people and due times. Nobody is asked.

    The request is what starts an approval; its request_id may be left out.
    """
    request, file = _request(input_file, input_json), _policy(policy)

    async def _preview(store: Store) -> ChainPreview:
        return await preview_chain(request, SqlDirectory(store), file, datetime.now(UTC))

    try:
        preview = with_store(_preview)
    except ApplicationError as error:
        field = f"{error.details[0]}: " if error.details else ""
        fail(f"{field}{error.message}", REFUSED)
    if output is Output.JSON:
        typer.echo(preview.model_dump_json(indent=2))
        return
    for line in _lines(preview):
        typer.echo(printable(line, MAX_LINE))


approvals_app.command("releases")(list_releases)


@approvals_app.command("verify-trail")
def verify_trail(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An exported trail, in JSON Lines; - is standard input.")],
) -> None:
    """Say whether an exported audit trail is whole, without a server. Exit code 1 if it is not.

    Entries cut off at its end do not show: compare the last hash with that of the request, or of an earlier export.
    """
    try:
        trail = from_json_lines(read_text(file, "FILE"))
    except UnreadableTrailError as error:
        fail(printable(f"{file}: {error}", MAX_LINE), REFUSED)
    parts = [
        _verified(trail, "trail", trail.entries, ("entry", "entries")),
        _verified(trail, "attempts", trail.attempts, ("refused attempt beside it", "refused attempts beside it")),
    ]
    typer.echo(printable(f"{trail.request_id}: whole, {'; '.join(part for part in parts if part)}", MAX_LINE))


def _verified(trail: AuditTrail, log: Log, entries: Sequence[AuditEntry], names: tuple[str, str]) -> str:
    """Return how many entries a chain has, and its last hash; end the command if it is not whole."""
    place = broken_at(trail, log)
    if place is not None:
        words = "does not follow from those before it; it, or one before it, was changed"
        fail(printable(f"{trail.request_id}: {names[0]} {place} of {len(entries)} {words}", MAX_LINE), REFUSED)
    return f"{number_of(len(entries), *names)}, the last hash is {entries[-1].hash}" if entries else ""


def _lines(preview: ChainPreview) -> list[str]:
    where = f"{preview.policy}:{preview.line}: {preview.rule}"
    lines = [preview.about, where if preview.rule else "levels of its own"]
    lines += [f"amounts compared by the rates of {preview.rates}"] if preview.rates else []
    for number, each in enumerate(preview.levels, start=1):
        first, *more = each.words
        lines.append(f"{number}. {each.level.name}: {first}")
        lines += [f"   {line}" for line in more]
    return lines


def _policy(file: Path | None) -> PolicyFile:
    """Return the policy of a file, or else of the settings; end the command with what is wrong with it."""
    policies = FilePolicies(file or read_settings(ApprovalSettings).approval_policy)
    try:
        return policies.read_now()
    except PolicyError as error:
        for line in error.lines:
            typer.echo(line)
        raise typer.Exit(REFUSED) from None


def _everybody() -> list[Person]:
    """Return the people of the directory; nobody where there is no store yet."""

    async def _people(store: Store) -> list[Person]:
        return await store.read(all_people)

    try:
        known = asyncio.run(exists(worker_settings().resolved_store_url))
    except StoreError as error:
        fail(str(error), REFUSED)
    return with_store(_people) if known else []


def _request(file: str | None, text: str | None) -> ApprovalRequest:
    if (file is None) == (text is None):
        fail("--input-file FILE or --input JSON: give one of them", WRONG_USAGE)
    try:
        given: Any = json.loads(text if text is not None else read_text(file or "-", "--input-file"))
    except (ValueError, RecursionError) as error:
        fail(f"{'--input' if file is None else file}: it is no JSON: {error}", WRONG_USAGE)
    if not isinstance(given, dict):
        fail(f"{'--input' if file is None else file}: it is no request; give one JSON object", WRONG_USAGE)
    try:
        return ApprovalRequest.model_validate(UNNAMED | given)
    except ValidationError as error:
        fail(one_line(error), REFUSED)
