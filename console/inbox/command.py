"""What ``tconsole inbox`` says: the rows of the inbox without a screen."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from console.design.text import plain
from console.export.records import RowRecord
from console.gateway.gateway import Gateway
from console.inbox.columns import due
from console.inbox.judging import Item
from console.inbox.reader import InboxReader, InboxSnapshot
from console.registry import SYSTEMS
from console.start.once import ask, gateway_of, need_attributes
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.json_text import json_text
from workflows.shared.money import format_money

if TYPE_CHECKING:
    from temporalio.client import Client

Output = Literal["text", "json", "jsonl"]

PAGE = 1_000
MORE = f"there are more: only the first {PAGE:,} of each system are listed"

NOTHING = "nothing waits for a person"


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
    acting = settings.model_copy(update={"operator": operator})
    return ask(acting, _read, role="inbox", demo=demo, page_size=PAGE)


async def _read(gateway: Gateway) -> InboxSnapshot:
    await need_attributes(gateway)
    return await InboxReader(gateway, SYSTEMS).read_all()


async def read(client: "Client", operator: str) -> InboxSnapshot:
    """Read the inbox once.

    Raises:
        CallError: the server did not answer.
        LaunchError: the namespace lacks the search attributes.
    """
    return await _read(gateway_of(client, operator, PAGE))


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
