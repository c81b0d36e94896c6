"""The commands `tconsole policy show` and `set`: the default policy of all users."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from workers.caps.policy_change import Change, PastMomentError, plan_change, set_change
from workers.caps.policy_file import read_policy
from workers.caps.wording import NO_CAPS, changes, moment_words, policy_lines
from workers.store.command_line import REFUSED, Output, check_operator, fail, say_which_store, with_store
from workers.store.default_policies import Followers, RevisedMeanwhileError, Revision, followers, revisions
from workers.store.engine import Store
from workflows.campaigns.default_policy import BUILT_IN, DefaultPolicy, default_at, from_then_on, policy_of
from workflows.campaigns.models import DEFAULT_POLICY
from workflows.shared.counts import number_of
from workflows.shared.inputs import printable

MAX_LINE = 300
"""Characters."""

policy_app = typer.Typer(help="Show or set the caps of all users who have none of their own.", no_args_is_help=True)


@policy_app.callback()
def _policy() -> None:
    """Show or set the caps of all users who have none of their own."""


@policy_app.command("show")
def show_policy(
    history: Annotated[bool, typer.Option("--history", help="Earlier ones, too.")] = False,  # noqa: FBT002 - an option
    output: Annotated[Output, typer.Option("--output", "-o", help="How to write it.")] = Output.TEXT,
) -> None:
    """Show the default policy that holds, and those that are to come."""
    known, count = with_store(_read)
    now = datetime.now(UTC)
    shown = from_then_on([each.default for each in known], now)
    holds = default_at(shown, now)
    if output is Output.JSON:
        current = _json(next((each for each in known if each.default == holds), None))
        planned = [_json(each) for each in known if each.default in shown and each.default != holds]
        told = {"current": current, "planned": planned, "following": count.following, "own": count.own}
        typer.echo(json.dumps({**told, **({"history": [_json(each) for each in known]} if history else {})}))
        return
    lines = [*([] if holds else ["the built-in default policy holds", *policy_lines(DEFAULT_POLICY)])]
    for each in known:
        if history or each.default in shown:
            lines += [_headline(each, shown, holds, now), *policy_lines(each.default.policy)]
    for line in [*lines, _followed(count)]:
        typer.echo(printable(line, MAX_LINE))


@policy_app.command("set")
def set_policy(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Caps in TOML or JSON; - is standard input.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", envvar="TCONSOLE_OPERATOR", help="Who sets it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,  # noqa: FBT002 - an option
    output: Annotated[Output, typer.Option("--output", "-o", help="How to write it.")] = Output.TEXT,
) -> None:
    """Set the default policy, from the moment on that the file names as effective_from, or from now on.

    The file is as in the update set_policy, such as `effective_from = 2027-01-01T00:00:00Z` and tables [[rules]] with
    name, limit, window, and channel and tag if you like. It replaces what is to come from that moment on. Users with
    caps of their own keep these. The same file once more changes nothing.
    """
    given = read_policy(file, "FILE")
    check_operator(by)

    async def _change(store: Store) -> Change:
        if dry_run:
            return await store.read(plan_change, given.policy, given.effective_from)
        return await store.write(set_change, given.policy, given.effective_from, by)

    try:
        change = with_store(_change)
    except PastMomentError as error:
        fail(f"{file}: effective_from: {error}", REFUSED)
    except RevisedMeanwhileError:
        fail("somebody else has just set a default policy; look at it with `uv run tconsole policy show`", REFUSED)
    if output is Output.JSON:
        typer.echo(json.dumps(_json_of_change(change)))
    else:
        for line in _changed(change, dry_run=dry_run):
            typer.echo(printable(line, MAX_LINE))
    say_which_store()


async def _read(store: Store) -> tuple[list[Revision], Followers]:
    return await store.read(lambda connection: (revisions(connection), followers(connection)))


def _changed(change: Change, *, dry_run: bool) -> Iterator[str]:
    named, since = f"default policy {change.after.revision}", moment_words(change.after.effective_from)
    if not change.is_new:
        yield f"nothing changes: {named} is the same, and holds from {since} on"
        return
    yield f"{named} {'would hold' if dry_run else 'holds'} from {since} on"
    yield from list(changes(policy_of(change.before), change.after.policy)) or ["  the same caps as before"]
    if not change.after.policy.rules:
        yield NO_CAPS
    yield _followed(change.count)
    for each in change.replaced:
        yield f"default policy {each.revision}, planned from {moment_words(each.effective_from)} on, never holds"


def _followed(count: Followers) -> str:
    own = f"; {number_of(count.own, 'user has', 'users have')} caps of their own" if count.own else ""
    return f"{number_of(count.following, 'user follows', 'users follow')} it{own}"


def _headline(revision: Revision, shown: Sequence[DefaultPolicy], holds: DefaultPolicy | None, now: datetime) -> str:
    default = revision.default
    if default == holds:
        words = "holds from"
    elif default in shown:
        words = "will hold from"
    else:
        words = "was to hold from" if default.effective_from > now else "held from"
    who = f"set by {revision.set_by} at {moment_words(revision.set_at)}"
    return f"default policy {default.revision} {words} {moment_words(default.effective_from)} on; {who}"


def _json(revision: Revision | None) -> dict[str, Any]:
    if revision is None:
        built_in = DEFAULT_POLICY.model_dump(mode="json")
        return {"revision": BUILT_IN, "policy": built_in, "effective_from": None, "set_by": None, "set_at": None}
    set_at = revision.set_at.isoformat().replace("+00:00", "Z")
    return {**revision.default.model_dump(mode="json"), "set_by": revision.set_by, "set_at": set_at}


def _json_of_change(change: Change) -> dict[str, Any]:
    return {
        **change.after.model_dump(mode="json"),
        "changed": change.is_new,
        "before": change.before.revision if change.before else BUILT_IN,
        "replaces": [each.revision for each in change.replaced],
        "following": change.count.following,
        "own": change.count.own,
    }
