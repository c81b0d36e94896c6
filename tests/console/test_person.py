"""One person on one screen: the lines, the sums, what is read for them, and the way from and to a row."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsResponse
from temporalio.contrib.pydantic import pydantic_data_converter

from console.customer.drawing import Widths, failure_words, head, pieces, searched
from console.customer.reader import NO_ATTRIBUTES, PersonReader
from console.customer.screen import PersonScreen
from console.customer.sources import UNSEARCHABLE, PersonItem
from console.customer.timeline import Line, lines_of, missing_before, totals
from console.gateway.gateway import Gateway
from console.gateway.rows import Row, RowKey
from console.registry import SYSTEMS
from console.systems.approvals.system import APPROVALS
from console.systems.campaigns.person_record import record_of
from console.systems.orders.side_money import PAYMENTS
from console.systems.orders.system import ORDERS
from console.systems.system import ConsoleSystem
from tests.screens.frozen import EXAMPLES
from tests.support.approvals import Office, leave, running_office
from tests.support.console_app import Console, running_console
from tests.support.orders import HOUR, TOTAL, Shop
from tests.support.payments import Intake
from tests.support.snapshot import screen_text
from tests.support.temporal import fresh
from workflows.approvals.client import TASK_QUEUE as APPROVALS_QUEUE
from workflows.campaigns.models import UserState
from workflows.orders.client import payment_workflow_id
from workflows.shared.errors import NoAnswerError
from workflows.shared.summary import Summary

NOW = datetime(2026, 1, 31, 15, tzinfo=UTC)
COMPLETED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED


def item(
    kind: ConsoleSystem[Any, Any],
    ident: str,
    stage: str,
    hours: float,
    *,
    ended: bool = False,
    tab: ConsoleSystem[Any, Any] | None = None,
    **fields: object,
) -> PersonItem:
    """Return an item that was started so many hours ago, and has entered its stage half as long ago."""
    begun, since = NOW - timedelta(hours=hours), NOW - timedelta(hours=hours / 2)
    summary = Summary.model_validate({"title": "", "stage": stage, "stage_since": since, "owner": "CUST-1", **fields})
    row = Row(RowKey(f"{kind.kind.id_prefix}{ident}", "run"), ident, begun, since if ended else None)
    return PersonItem(row.with_summary(summary, kind.kind), kind, tab or kind)


def shown(lines: Sequence[Line]) -> list[str]:
    """Return the lines without what is blank."""
    parts = ((line.when, line.symbol, line.item, line.money, line.words, line.about) for line in lines)
    return [" ".join(filter(None, each)) for each in parts]


def test_open_items_come_first_by_due_time_and_the_rest_newest_first() -> None:
    items = [
        item(ORDERS, "O-1", "DELIVERED", 50, ended=True, amount=5_000, currency="USD", note="1 Desk"),
        item(ORDERS, "O-2", "NEEDS_ACTION", 2, amount=900, currency="EUR", attention="stock_short"),
        item(APPROVALS, "R-1", "IN_REVIEW", 5, due_at=NOW + timedelta(hours=3), title="New lenses"),
        item(PAYMENTS, "P-1", "PARKED", 0, tab=ORDERS, owner="O-2", note="too little"),
    ]
    lines = lines_of(items, record_of(UserState.model_validate(EXAMPLES["user"]), NOW).entries[:1], None, NOW)
    assert shown(lines) == [
        "Open now · 3",
        "3 h ◔ R-1 in review New lenses",
        "▲ O-2 €9.00 needs action: pieces are not in stock",
        "‖ P-1 parked O-2 · too little",
        "Timeline · newest first",
        "15:00:00 ‖ P-1 parked O-2 · too little",
        "14:00:00 ▲ O-2 €9.00 needs action: pieces are not in stock",
        "13:00:00 ○ O-2 €9.00 order started",
        "12:30:00 ◔ R-1 in review New lenses",
        "10:00:00 ○ R-1 request started New lenses",
        "30 Jan 14:00 ✔ O-1 $50.00 delivered 1 Desk",
        "29 Jan 13:00 ○ O-1 $50.00 order started 1 Desk",
        "31 Jan 2025 ✖ SPRING-SALE email refused: 2 a day on email, until 09:18 on 1 Feb",
    ]
    assert [(line.tab, line.business_id) for line in lines[1:4]] == [
        ("approvals", "R-1"),
        ("orders", "O-2"),
        ("payments", "P-1"),
    ]
    assert len({line.key for line in lines}) == len(lines)


def test_it_says_from_where_on_something_may_be_missing() -> None:
    items = [item(ORDERS, f"O-{hours}", "DELIVERED", hours, ended=True) for hours in (2, 8)]
    words = [line.words for line in lines_of(items, [], NOW - timedelta(hours=3), NOW)]
    missing = "from here on some may be missing: not all is read"
    assert words[1:] == ["delivered", "order started", missing, "delivered", "order started"]
    assert lines_of(items, [], NOW - timedelta(hours=90), NOW)[-1].words == "older ones are not read yet"
    assert missing_before([None, NOW - timedelta(hours=2), NOW]) == NOW
    assert missing_before([None]) is None


def test_money_is_summed_for_each_stage_in_each_currency() -> None:
    items = [
        item(ORDERS, "O-1", "DELIVERED", 1, ended=True, amount=5_000, currency="USD"),
        item(ORDERS, "O-2", "DELIVERED", 1, ended=True, amount=500, currency="JPY"),
        item(ORDERS, "O-3", "DELIVERED", 1, ended=True, amount=1, currency="USD"),
        item(ORDERS, "O-4", "CANCELLED", 1, ended=True),
        item(APPROVALS, "R-1", "IN_REVIEW", 1),
    ]
    broken = items[0].row.with_summary(Summary(title="", stage="PAID", stage_since=NOW, owner=""), ORDERS.kind)
    items.append(PersonItem(replace(broken, broken="terminated", key=RowKey("order-O-5", "run")), ORDERS, ORDERS))
    assert totals(items) == [
        ("orders", "5: 3 delivered ¥500 + $50.01 · 1 cancelled · 1 was terminated"),
        ("requests", "1: 1 in review"),
    ]


def test_a_users_record_tells_what_was_sent_held_and_refused() -> None:
    state = UserState.model_validate(EXAMPLES["user"])
    record = record_of(state, NOW)
    lines = {name: content.plain for name, content in record.head}
    assert lines["messages"] == 'of the latest 3: 2 sent · 1 refused by "2 a day on email" 1'
    assert lines["consent"] == "✔ email subscribed   ✖ sms unsubscribed   ▲ push suppressed"
    assert lines["caps"].startswith("2 a day on email is full, next ")
    assert {entry.item for entry in record.entries} == {"SPRING-SALE", "NEWSLETTER-05", "[b]WINTER[/b]", ""}
    nothing = record_of(state.model_copy(update={"decisions": [], "recent": [], "usage": []}), NOW)
    assert next(content.plain for _, content in nothing.head) == "none lately"


@pytest.mark.parametrize("width", [40, 76, 100, 250])
def test_text_from_outside_is_only_text_and_stays_in_its_column(width: int) -> None:
    hostile = "[b]\x1b[31m\u202eevil\x07 日本 " + "long " * 400
    line = Line("3 h", "▲", item=hostile, words=hostile, money="$1.00", about=hostile)
    drawn = [text for text, _ in pieces(line, Widths(20, 9), width)]
    assert not re.search(r"[\x00-\x1f\u202e]", "".join(drawn))
    assert drawn[2].startswith("[b]evil 日本 long l…") or drawn[2].startswith("[b]evil 日本 long")


# Reading.


def run(prefix: str, number: int, owner: str) -> WorkflowExecutionInfo:
    """Return a workflow that has ended; a higher number is older."""
    info = WorkflowExecutionInfo(
        execution=WorkflowExecution(workflow_id=f"{prefix}{number:05}", run_id="r"),
        status=COMPLETED,
        start_time=Timestamp(seconds=1_000_000 - 10 * number),
        close_time=Timestamp(seconds=1_000_000 - 10 * number + 5),
    )
    for name, value in (("BizStage", "DELIVERED"), ("BizOwner", owner)):
        info.search_attributes.indexed_fields[name].CopyFrom(Payload(data=json.dumps(value).encode()))
    return info


class FakeGateway:
    """A server with so many orders of a person, and a payment for each. ``silent`` is a type that is not answered."""

    converter = pydantic_data_converter
    operator, page_size = "chen", 200

    def __init__(self, orders: int = 0, *, attributes: bool = True) -> None:
        self.orders = [run("order-", number, "CUST-1") for number in range(orders)]
        self.attributes, self.silent, self.calls = attributes, "", list[str]()

    async def knows_attributes(self) -> bool:
        """Answer, as the gateway does."""
        return self.attributes

    def domain(self, _: object) -> Any:  # noqa: ANN401 - fails as any client may
        """Have no worker."""
        raise NoAnswerError("no answer for user actor CUST-1 in time; is a worker running?")

    async def list_page(
        self, query: str, token: bytes = b"", size: int | None = None
    ) -> ListWorkflowExecutionsResponse:
        """Return a page of what the query names."""
        self.calls.append(query)
        if self.silent and self.silent in query:
            raise NoAnswerError("the server did not answer in time")
        if "PaymentWorkflow" in query:
            listed = query.partition(" IN ('PaymentWorkflow'")[2]
            wanted = re.findall(r"'(\d{5})'", listed)
            return ListWorkflowExecutionsResponse(executions=[run("payment-", int(name), name) for name in wanted])
        found = self.orders if "OrderWorkflow" in query and "CUST-1" in query else []
        start, count = int(token or b"0"), size or self.page_size
        more = str(start + count).encode() if start + count < len(found) else b""
        return ListWorkflowExecutionsResponse(executions=found[start : start + count], next_page_token=more)

    async def spare_page(self, query: str, token: bytes, size: int) -> ListWorkflowExecutionsResponse | None:
        """Do the same."""
        return await self.list_page(query, token, size)

    async def count(self, _: str) -> int:
        """Count the orders."""
        self.calls.append("count")
        return len(self.orders)


def reader_on(gateway: FakeGateway, person: str = "CUST-1") -> PersonReader:
    return PersonReader(cast("Gateway", cast("Any", gateway)), SYSTEMS, person)


async def read_all(reader: PersonReader) -> None:
    for source in (*reader.lists, *reader.records):
        await reader.read(source)


async def test_thousands_of_items_are_read_a_page_at_a_time() -> None:
    gateway = FakeGateway(1_234)
    reader = reader_on(gateway)
    await read_all(reader)
    assert len(gateway.calls) == 3 + 1 + 4, "three lists, one count, and the payments of 200 orders"
    person = reader.person
    assert len(person.items) == 400
    assert "customer of orders 200 of 1,234 read" in searched(reader, 200).plain
    moment = missing_before([source.missing_before for source in person.sources])
    assert moment == datetime.fromtimestamp(1_000_000 - 10 * 199 + 5, UTC)

    gateway.calls.clear()
    await read_all(reader)
    assert len(gateway.calls) == 3 + 1 + 1, "payments again of the latest orders alone"
    for _ in range(6):
        await reader.read_more()
    assert len({item.row.key for item in reader.person.items}) == 2 * 1_234
    assert missing_before([source.missing_before for source in reader.person.sources]) is None


async def test_one_that_does_not_answer_holds_up_no_other_and_is_named() -> None:
    gateway = FakeGateway(3)
    gateway.silent = "ApprovalWorkflow"
    reader = reader_on(gateway)
    await read_all(reader)
    assert len(reader.person.items) == 6
    words = head(reader, 200).plain
    assert "orders     3: 3 delivered" in words
    assert "▲ requester of approvals: the server did not answer in time" in words
    assert "▲ user of campaigns: no answer for user actor CUST-1 in time; is a worker running?" in words
    assert "requester of approvals no answer" in searched(reader, 200).plain
    gateway.silent = ""
    await read_all(reader)
    assert [source.role for source in reader.person.sources if source.failure] == ["user of campaigns"]
    gateway.silent = "OrderWorkflow"
    await read_all(reader)
    assert failure_words(reader.lists[0]).endswith("did not answer in time; what is shown of it is older")
    assert len(reader.person.items) == 6


async def test_what_cannot_be_searched_is_said_and_not_asked() -> None:
    gateway = FakeGateway(3)
    reader = reader_on(gateway, 'CUST"1')
    await read_all(reader)
    assert (gateway.calls, reader.person.items) == ([], [])
    assert f"customer of orders: not searched: {UNSEARCHABLE}" in head(reader, 200).plain
    without = reader_on(FakeGateway(3, attributes=False))
    await read_all(without)
    assert NO_ATTRIBUTES in head(without, 300).plain


# On the screen.


@pytest.fixture(scope="module")
async def office(shop: Shop) -> AsyncIterator[Office]:
    """Give the approvals of the shop's namespace."""
    async with running_office(shop.client, task_queue=APPROVALS_QUEUE) as office:
        yield office


def text_of(console: Console) -> str:
    return screen_text(console.app)


async def test_from_any_row_to_the_person_and_from_there_to_each_item(shop: Shop, office: Office) -> None:
    person = fresh("[b]ana")
    customer = {"customer_id": person, "name": "Ana [/b] Ribeiro", "email": "ana@example.com"}
    order = await shop.start(customer=customer, fulfilment_seconds_per_step=HOUR)
    parked = Intake(shop, order.order_id, amount=TOTAL - 100)
    await parked.start_and_park()
    request = await office.start(leave(title="New lenses"))
    async with running_console(shop.client) as console:
        await console.until(lambda: order.order_id in console.rows)
        await console.focus(f"order-{order.order_id}", "ana@example.com")
        await console.press("u")
        await console.until(lambda: isinstance(console.app.screen, PersonScreen))
        for words in (f"Ana [/b] Ribeiro · {person} · ana@example.com", "Open now · 2", "1: 1 parked $119.00"):
            await console.shows(words)
        await console.shows("customer of orders 1 · payments and refunds of these orders 1")

        lines = [line.item for line in cast("PersonScreen", console.app.screen).lines]
        await console.press(*["down"] * (lines.index(parked.id) - 1), "enter")
        await console.until(lambda: console.pane.system.name == "payments" and console.row.business_id == parked.id)
        assert console.dialogs == 0
        await console.focus(payment_workflow_id(parked.id), "captured")
        await console.press("u")
        await console.until(lambda: isinstance(console.app.screen, PersonScreen))
        await console.shows(f"{person} · ana@example.com")

        await console.press("slash", *"fay", "enter")
        await console.shows("╭─ fay")
        await console.press("escape", "2")
        await console.until(lambda: request in console.rows)
        await console.focus(f"approval-{request}", "New lenses")
        requester = console.row.owner
        await console.press("u")
        await console.shows(f"╭─ {requester} ")
        await console.until(lambda: "in review" in text_of(console) and "New lenses" in text_of(console))
