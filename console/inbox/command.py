"""What ``tconsole inbox`` says: the rows of the inbox without a screen."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from console.design.text import plain
from console.export.records import RowRecord
from console.gateway.gateway import Gateway
from console.inbox.columns import due
from console.inbox.judging import Item
from console.inbox.reader import InboxReader, InboxSnapshot
from console.registry import SYSTEMS
from console.start.state import LaunchError, Server, SessionState
from workflows.runtime.connection import NoServerError, connect_or_explain
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.embedded import demo_folder
from workflows.runtime.find_server import find_server
from workflows.runtime.identity import own_identity
from workflows.runtime.profile import ProfileError
from workflows.shared.errors import CallError
from workflows.shared.json_text import json_text
from workflows.shared.money import format_money

if TYPE_CHECKING:
    from temporalio.client import Client

Output = Literal["text", "json", "jsonl"]

PAGE = 1_000
MORE = f"there are more: only the first {PAGE:,} of each system are listed"

NOTHING = "nothing waits for a person"
NO_ATTRIBUTES = "the namespace lacks the search attributes: uv run tconsole doctor says how to add them"
REFUSED, WRONG_USAGE, NO_SERVER = 1, 2, 3
"""Exit codes."""


class InboxRecord(RowRecord):
    """A row as in every list, and why it is here."""

    system: str
    why: str
    todo: str
    stuck: str | None
    for_you: bool

    @classmethod
    def of_item(cls, item: Item) -> "InboxRecord":
        """Return the record of an item."""
        return cls(
            **{**dict(RowRecord.of(item.row)), "due_at": item.due_at},
            system=item.kind.name,
            why=item.why,
            todo=item.todo,
            stuck=item.cause.value if item.cause is not None else None,
            for_you=item.yours,
        )


@dataclass(frozen=True)
class _Connection:
    client: "Client"
    state: SessionState


def listed(settings: ConsoleSettings, operator: str, output: Output, *, demo: bool) -> tuple[Sequence[str], str]:
    """Return the lines of what waits for ``operator``, or for anyone, and a warning if there are more.

    Raises:
        LaunchError: there is no server, or it does not answer.
    """
    snapshot = read_now(settings, operator, demo=demo)
    return written(snapshot.items, output, datetime.now(UTC)), "" if snapshot.complete else MORE


def read_now(settings: ConsoleSettings, operator: str, *, demo: bool) -> InboxSnapshot:
    """Connect, and read the inbox once.

    Raises:
        LaunchError: there is no server, or it does not answer.
    """
    try:
        return asyncio.run(_connect_and_read(settings, operator, demo=demo))
    except ProfileError as error:
        raise LaunchError(str(error), WRONG_USAGE) from error
    except (NoServerError, CallError) as error:
        raise LaunchError(str(error), NO_SERVER) from error


async def _connect_and_read(settings: ConsoleSettings, operator: str, *, demo: bool) -> InboxSnapshot:
    if demo:
        settings = settings.model_copy(update={"data_dir": demo_folder(settings.data_dir)})
    client = await connect_or_explain(find_server(settings, demo=demo), identity=own_identity("inbox"))
    return await read(client, operator)


async def read(client: "Client", operator: str) -> InboxSnapshot:
    """Read the inbox once.

    Raises:
        CallError: the server did not answer.
        LaunchError: the namespace lacks the search attributes.
    """
    state = SessionState(Server("", client.namespace, None, embedded=False))
    gateway = Gateway(_Connection(client, state), operator=operator, page_size=PAGE)
    if not await gateway.knows_attributes():
        raise LaunchError(NO_ATTRIBUTES, REFUSED)
    return await InboxReader(gateway, SYSTEMS).read_all()


def written(items: Iterable[Item], output: Output, now: datetime) -> list[str]:
    """Return the rows as lines."""
    match output:
        case "json":
            return [json_text([InboxRecord.of_item(item).model_dump(mode="json") for item in items], indent=2)]
        case "jsonl":
            return [json_text(InboxRecord.of_item(item).model_dump(mode="json")) for item in items]
        case _:
            return [_line(item, now) for item in items] or [NOTHING]


def _line(item: Item, now: datetime) -> str:
    row = item.row
    money = format_money(row.amount, row.currency) if row.amount is not None and row.currency else ""
    about = " · ".join(filter(None, (plain(row.title), plain(row.owner), money)))
    return f"{due(item, now).text:<12}  {plain(row.business_id):<20}  {about}  {plain(item.why)}"
