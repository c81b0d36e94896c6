"""The command `tconsole users report-bounce`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy import Connection, or_, select

from workers.settings.base import WorkerSettings
from workers.store.command_line import REFUSED, WRONG_USAGE, check_operator, fail, moment, with_store, worker_settings
from workers.store.persons import MAILBOX, mailbox
from workers.store.schema import users
from workflows.campaigns.bounces import BounceKind, ReportBounce, report_answer, suppression_on
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.models import Channel, UserState
from workflows.runtime.connection import NoServerError, connect_or_explain
from workflows.runtime.find_server import find_server
from workflows.runtime.identity import own_identity
from workflows.runtime.login import login_name
from workflows.runtime.profile import ProfileError
from workflows.shared.errors import CallError, RefusedError
from workflows.shared.inputs import one_line, printable

NO_ANSWER = 3
"""Exit code without a server, or without a worker."""
MAX_LINE = 500


def report_bounce(
    who: Annotated[str, typer.Argument(metavar="WHO", help="A user ID, an e-mail address or a telephone number.")],
    channel: Annotated[Channel, typer.Option("--channel", help="On which channel.")],
    kind: Annotated[BounceKind, typer.Option("--kind", help="hard: no such address; soft: not now; complaint: spam.")],
    send_id: Annotated[str | None, typer.Option("--send-id", help="The message, where it is known.")] = None,
    at: Annotated[
        datetime | None,
        typer.Option("--at", parser=moment, metavar="WHEN", help="When it was heard of; UTC without an offset."),
    ] = None,
    detail: Annotated[str | None, typer.Option("--detail", help="The provider's own words.")] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME", envvar="TCONSOLE_OPERATOR", help="Who says so; default: your login name."),
    ] = None,
) -> None:
    """Report a bounce or a complaint that a provider told of later. It counts once by its message, else by its moment.

    A hard bounce and a complaint suppress the address, soft ones if there are enough. It is told to every user who has
    the address.
    """
    by = by or login_name()
    check_operator(by)
    heard_at = at or datetime.now(UTC)  # one report, whoever has the address
    given = {"channel": channel, "kind": kind, "send_id": send_id, "at": heard_at, "detail": detail}
    try:
        report = ReportBounce.model_validate({**given, "by": by})
    except ValidationError as error:
        fail(one_line(error), WRONG_USAGE)
    user_ids = with_store(lambda store: store.read(_users_of, who))
    if not user_ids:
        fail(f"WHO: nobody has the ID or address {who!r}; give one that the directory of users has", REFUSED)
    for state in asyncio.run(_report(worker_settings(), user_ids, report)):
        typer.echo(printable(_line(state, report), MAX_LINE))


def _users_of(connection: Connection, who: str) -> list[str]:
    """Return who has that ID, else all who have that address."""
    column = users.c.user_id
    if connection.scalar(select(column).where(column == who)) is not None:
        return [who]
    has_it = or_(MAILBOX.in_([mailbox(who)]), users.c.phone == who)
    return list(connection.scalars(select(column).where(has_it).order_by(column))) if who else []


async def _report(settings: WorkerSettings, user_ids: Sequence[str], report: ReportBounce) -> list[UserState]:
    try:
        profile = await asyncio.to_thread(find_server, settings)
        client = await connect_or_explain(profile, identity=own_identity("report-bounce"))
        actors = UserActorsClient(client)
        return [await actors.report_bounce(user_id, report) for user_id in user_ids]
    except ProfileError as error:
        fail(str(error), WRONG_USAGE)
    except RefusedError as error:
        fail(str(error), REFUSED)
    except (NoServerError, CallError) as error:
        fail(str(error), NO_ANSWER)


def _line(state: UserState, report: ReportBounce) -> str:
    found = suppression_on(report.channel, state.suppressions)
    since = f", since {found.at:%Y-%m-%d %H:%M} UTC, reported by {found.by}" if found else ""
    return f"{state.user_id}: {report_answer(report.channel, state.suppressions)}{since}"
