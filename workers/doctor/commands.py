"""The command `tconsole doctor`."""

import asyncio
from typing import Annotated, Literal, NoReturn

import typer

from workers.doctor.identity import check_identity
from workers.doctor.limit import within_limit
from workers.doctor.result import MAIL, PAYMENTS, SLACK, STORE, ZONES, Result, all_fine, as_json, as_text
from workers.doctor.services import check_mail, check_payments, check_slack
from workers.doctor.sharing import Seen, compare_stores
from workers.doctor.store import check_store
from workers.doctor.temporal import check_temporal
from workers.registry import SYSTEMS
from workers.settings.approvals import ApprovalSettings
from workers.settings.campaigns import CampaignSettings
from workers.settings.orders import OrderSettings
from workflows.runtime.exit import exit_process
from workflows.runtime.profile import ProfileError
from workflows.runtime.settings import SettingsError, read_settings
from workflows.shared.zones import RULES_VERSION

FINE, NOT_FINE, WRONG_USAGE = 0, 1, 2
"""Exit codes."""

Output = Annotated[Literal["text", "json"], typer.Option("-o", "--output", help="How the answer is written.")]


def doctor(output: Output = "text") -> None:
    """Say whether server, workers, store and services are fine, and what to do. Exit code 1 if one of the first is not.

    Nothing is started, made or changed.
    """
    try:
        asyncio.run(_examine(output))
    except (SettingsError, ProfileError) as error:
        typer.echo(" ".join(str(error).split()), err=True)
        raise typer.Exit(WRONG_USAGE) from None


async def _examine(output: Literal["text", "json"]) -> NoReturn:
    results = await examine()
    typer.echo(as_json(results) if output == "json" else as_text(results))
    exit_process(FINE if all_fine(results) else NOT_FINE)  # at once: a check without an answer would be waited for


async def examine() -> list[Result]:
    """Make all checks at once.

    Raises:
        SettingsError, ProfileError: a setting is not usable.
    """
    orders, approvals = read_settings(OrderSettings), read_settings(ApprovalSettings)
    seen = Seen()
    temporal, store, mail, slack, payments = await asyncio.gather(
        check_temporal(orders, [system.task_queue for system in SYSTEMS], seen),
        within_limit(STORE, check_store(orders, seen)),
        within_limit(MAIL, check_mail(read_settings(CampaignSettings))),
        within_limit(SLACK, check_slack(approvals)),
        within_limit(PAYMENTS, check_payments(orders)),
    )
    zones = Result(ZONES, "fine", f"rules of tzdata {RULES_VERSION}")
    return [*temporal, compare_stores(store, seen), mail, slack, payments, zones, check_identity(orders)]
