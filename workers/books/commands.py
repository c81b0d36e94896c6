"""The commands `tconsole check` and `tconsole mend …`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn, TypeVar

import typer
from aiosmtplib import SMTPException
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from workers.books.check import Check
from workers.books.findings import Finding
from workers.books.mending import Mend, Mending, NothingToMendError
from workers.services.smtp import smtp_transport
from workers.settings.base import MailSettings
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.migrate import open_existing_store
from workflows.runtime.connection import NoServerError, connect_or_explain
from workflows.runtime.find_server import find_server
from workflows.runtime.identity import own_identity
from workflows.runtime.profile import ProfileError
from workflows.runtime.settings import SettingsError, read_settings
from workflows.shared.errors import CallError, RefusedError

REFUSED, WRONG_USAGE, NO_SERVER = 1, 2, 3
"""Exit codes."""

AnswerT = TypeVar("AnswerT")
Work = Callable[[Client, Store, MailSettings], Awaitable[AnswerT]]
Id = Annotated[str, typer.Argument(metavar="ID", help="as `tconsole check` names it")]

mend_app = typer.Typer(help="Mend what `tconsole check` finds, after a new look at it.", no_args_is_help=True)


def check() -> None:
    """Look for money, stock, parcels, votes and messages that nobody owns: one line each, with what mends it."""
    found, counts = _run(_check)
    for finding in found:
        typer.echo(finding.line)
    if found:
        raise typer.Exit(REFUSED)
    typer.echo(f"nothing without an owner: {counts} checked")


async def _check(client: Client, store: Store, _: MailSettings) -> tuple[list[Finding], str]:
    looking = Check(client, store)
    return await looking.findings(), await looking.counts()


@mend_app.callback()
def _mend() -> None:
    """Mend what `tconsole check` finds, after a new look at it."""


@mend_app.command("payment")
def payment(payment_id: Id) -> None:
    """Start a payment again: it pays its order if that still runs, or goes back."""
    _do(lambda mending: mending.payment(payment_id))


@mend_app.command("stock")
def stock(reservation_id: Id) -> None:
    """Put the pieces of a reservation back into stock."""
    _do(lambda mending: mending.stock(reservation_id))


@mend_app.command("parcel")
def parcel(parcel_id: Id) -> None:
    """Recall a parcel."""
    _do(lambda mending: mending.parcel(parcel_id))


@mend_app.command("held")
def held(campaign_id: Id) -> None:
    """Let no digest take the messages that a campaign holds."""
    _do(lambda mending: mending.held(campaign_id))


@mend_app.command("message")
def message(
    key: Id, *, give_up: Annotated[bool, typer.Option("--give-up", help="Do not send it, and say so.")] = False
) -> None:
    """Send an e-mail as it was recorded, or give a message up."""
    if give_up:
        _do(lambda mending: mending.give_up_message(key))
    else:
        typer.echo(_run(lambda client, store, settings: _send(client, store, settings, key)))


async def _send(client: Client, store: Store, settings: MailSettings, key: str) -> str:
    smtp = smtp_transport(settings)
    if smtp is None:
        raise NothingToMendError("there is no mail server: set TCONSOLE_SMTP_HOST, or give it up with --give-up")
    return await Mending(client, store).send_email(key, smtp)


def _do(mend: Mend) -> None:
    typer.echo(_run(lambda client, store, _: mend(Mending(client, store))))


def _run(work: Work[AnswerT]) -> AnswerT:
    """Do the work on server and store of the settings; end the command if one cannot be used."""

    async def go() -> AnswerT:
        settings = read_settings(MailSettings)
        client = await connect_or_explain(find_server(settings), identity=own_identity("check"))
        store = await open_existing_store(settings.resolved_store_url)
        try:
            return await work(client, store, settings)
        finally:
            await store.close()

    try:
        return asyncio.run(go())
    except (SettingsError, ProfileError) as error:
        _fail(error, WRONG_USAGE)
    except (NothingToMendError, RefusedError, ApplicationError, SMTPException, OSError) as error:
        _fail(error, REFUSED)
    except (NoServerError, StoreError, CallError, RPCError) as error:
        _fail(error, NO_SERVER)


def _fail(error: Exception, code: int) -> NoReturn:
    typer.echo(" ".join(str(error).split()), err=True)
    raise typer.Exit(code)
