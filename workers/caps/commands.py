"""The command `tconsole campaigns what-if`."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from workers.caps.past_sends import past_sends, people_with_own_policy, timezones
from workers.caps.policy_file import read_policy
from workers.store.command_line import Output, with_store
from workers.store.engine import Store
from workflows.campaigns.models import CapPolicy
from workflows.campaigns.what_if import WhatIf, reach, what_if
from workflows.campaigns.zones import ZoneTable, zones_needed
from workflows.shared.counts import number_of
from workflows.shared.inputs import printable
from workflows.shared.zones import RULES_VERSION, offsets_between

MAX_DAYS = 3_660
MAX_LINE = 200
"""Characters."""

campaigns_app = typer.Typer(help="Look at campaigns from outside.", no_args_is_help=True)


@campaigns_app.callback()
def _campaigns() -> None:
    """Look at campaigns from outside."""


@campaigns_app.command("what-if")
def show_what_if(
    policy: Annotated[str, typer.Option("--policy", metavar="FILE", help="Caps in JSON or TOML; - is standard input.")],
    days: Annotated[int, typer.Option("--days", min=1, max=MAX_DAYS, help="How many of the last days.")] = 30,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to write it.")] = Output.TEXT,
) -> None:
    """Say which sends of the last days another policy would have refused. Nothing is changed.

    The policy is as in the update set_policy: {"rules": [{"name", "limit", "window", "channel"?, "tag"?}]}. Users with
    caps of their own are left out. What a wider policy would have let through is not known: refusals are not kept.
    """
    caps, now = read_policy(policy, "--policy").policy, datetime.now(UTC)
    since = now - timedelta(days=days)

    def _judge(connection: Connection) -> tuple[WhatIf, int]:
        own = people_with_own_policy(connection)
        sends = past_sends(connection, since - reach(caps))
        left_out = [person for person in sends if person in own]
        others = {person: mine for person, mine in sends.items() if person not in own}
        own_zones = timezones(connection, others.keys())
        zones = _zones(caps, own_zones.values(), since - reach(caps), now)
        return what_if(caps, zones, others, since, own_zones), len(left_out)

    async def _read(store: Store) -> tuple[WhatIf, int]:
        return await store.read(_judge)

    told, left_out = with_store(_read)
    if output is Output.JSON:
        typer.echo(json.dumps({"days": days, **vars(told), "by_rule": dict(told.by_rule), "left_out": left_out}))
        return
    for line in _lines(told, left_out, days):
        typer.echo(printable(line, MAX_LINE))


def _lines(told: WhatIf, left_out: int, days: int) -> list[str]:
    own = f"; {number_of(left_out, 'person has', 'people have')} caps of their own" if left_out else ""
    sent = f"{number_of(told.sends, 'send')} to {number_of(told.people, 'person', 'people')}"
    lines = [f"{sent} in the last {number_of(days, 'day')}{own}"]
    if not told.refused:
        return [*lines, "none would have been refused" if told.sends else "there is nothing to judge"]
    people = number_of(told.refused_people, "person", "people")
    lines.append(f"{told.refused:,} would have been refused, to {people}")
    width = max(map(len, told.by_rule))
    return lines + [f"  {rule:<{width}}  {count:,}" for rule, count in told.by_rule.most_common()]


def _zones(policy: CapPolicy, own: Iterable[str], since: datetime, until: datetime) -> ZoneTable:
    names = {name for each in ("", *set(own)) for name in zones_needed([policy], None, each)}
    offsets = {name: offsets_between(name, since, until + timedelta(days=1)) for name in names}
    return ZoneTable(version=RULES_VERSION, read_at=until if names else None, offsets=offsets)
