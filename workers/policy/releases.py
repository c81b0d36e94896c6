"""The command `tconsole approvals releases`: what a finance system is to pay."""

from datetime import datetime
from typing import Annotated, Any

import typer

from workers.store.command_line import ListOutput, moment, with_store
from workers.store.releases import Release, released_since
from workflows.shared.inputs import printable
from workflows.shared.json_text import json_text
from workflows.shared.money import format_money

MAX_LINE = 500
"""Characters."""


def list_releases(
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            parser=moment,
            metavar="WHEN",
            help="Only from then on, such as 2026-12-01T08:00:00Z.",
        ),
    ] = None,
    output: Annotated[ListOutput, typer.Option("--output", "-o", help="How to write it.")] = ListOutput.TEXT,
) -> None:
    """Show the payments that approved expenses and purchases have released, the oldest first.

    Each has a key of its own, under which it is to be paid once. Amounts in JSON are in minor units, times in UTC.
    """
    found = with_store(lambda store: store.read(released_since, since))
    match output:
        case ListOutput.JSON:
            typer.echo(json_text([_columns(each) for each in found], indent=2))
        case ListOutput.JSONL:
            for each in found:
                typer.echo(json_text(_columns(each)))
        case ListOutput.TEXT:
            for each in found:
                typer.echo(printable(_line(each), MAX_LINE))
            if not found:
                typer.echo("no payment was released" + (" since then" if since else ""), err=True)


def _line(each: Release) -> str:
    release = each.release
    what = f"{release.kind} {release.request_id}, version {release.version}"
    money = format_money(release.amount, release.currency)
    return f"{each.at:%Y-%m-%d %H:%M} UTC · {money} to {release.payee} · {what} · {release.key}"


def _columns(each: Release) -> dict[str, Any]:
    release = each.release
    return {
        "key": release.key,
        "request_id": release.request_id,
        "version": release.version,
        "kind": release.kind,
        "payee": release.payee,
        "amount": release.amount,
        "currency": release.currency,
        "content_hash": release.content_hash,
        "released_at": f"{each.at:%Y-%m-%dT%H:%M:%S.%fZ}",
    }
