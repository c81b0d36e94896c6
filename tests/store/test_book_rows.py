"""What the check reads, on both databases, page by page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.support.campaigns import FENCE
from workers.books import rows
from workers.books.goods import OrderMoney, Reserved, Sent
from workers.books.money import Captured
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.ledger import Ledger
from workers.store.outbox import email_outbox, message_outbox
from workers.store.schema import parcels
from workers.store.types import utc_now
from workers.store.users import SqlUsers
from workflows.campaigns.models import CalendarWindow, CapPolicy, CapRule
from workflows.campaigns.steps import UserChanges, UserSettings
from workflows.orders.ports import Capture, Refund
from workflows.orders.views.models import ReservationStatus, ReservedLine
from workflows.shared.keys import key_of

DAY = CapRule(name="1 a day", limit=1, window=CalendarWindow(calendar="day", timezone="Europe/Paris"))


async def pages(store: Store, read: Any, *given: object) -> list[Any]:  # noqa: ANN401 - any kind of row
    """Read all pages."""
    found: list[Any] = []
    after: str | None = None
    while page := await store.read(read, *given, after, None):
        found += page
        last = page[-1]
        after = last if isinstance(last, str) else last.__dict__[next(iter(last.__dict__))]
    return found


async def test_money(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    ledger = Ledger(store)
    for number in range(5):
        await ledger.book_capture(Capture(f"P{number}", f"O{number % 2}", 100, "USD"), f"ref-{number}")
    await ledger.book_refund(Refund("K0", "P0", "O0", 100, "USD"), "back-0")
    await ledger.book_refund(Refund("K1", "P1", "O1", 40, "USD"), "back-1")
    assert await pages(store, rows.captured) == [
        Captured("P1", "O1", 100, "USD", 40, 2),
        Captured("P2", "O0", 100, "USD", 0, 3),
        Captured("P3", "O1", 100, "USD", 0, 2),
        Captured("P4", "O0", 100, "USD", 0, 3),
    ]
    assert [row.payment_id for row in await store.read(rows.captured, None, "P3")] == ["P3"]
    assert await store.read(rows.refunded, None, None) == []
    assert await store.read(rows.money_of, ["O0", "O1", "O2"]) == {
        "O0": OrderMoney(300, 100),
        "O1": OrderMoney(200, 40),
        "O2": OrderMoney(),
    }


async def test_goods(store: Store) -> None:
    inventory = SqlInventory(store)
    await inventory.set_available("S", 9)
    for number in range(3):
        await inventory.reserve(f"O{number}/reservation", [ReservedLine(sku="S", quantity=number + 1)])
    await inventory.consume("O1/reservation")
    await inventory.release("O2/reservation")
    assert await store.read(rows.reserved, None, None) == [
        Reserved("O0/reservation", ReservationStatus.HELD, {"S": 1}),
        Reserved("O1/reservation", ReservationStatus.CONSUMED, {"S": 2}),
    ]
    assert await store.read(rows.order_count) == 3
    sent = [
        {"parcel_id": f"O{number}-P1", "status": status, "order_id": f"O{number}"}
        for number, status in enumerate(("shipped", "lost", "returned"))
    ]
    await store.write(lambda connection: connection.execute(parcels.insert(), sent))
    assert await store.read(rows.with_goods_left, ["O0", "O1", "O2"]) == {"O0", "O1"}
    ledger = Ledger(store)
    await ledger.book_capture(Capture("P", "O0", 100, "USD"), "ref")
    assert await store.read(rows.sent, None, None) == []
    await ledger.book_refund(Refund("K", "P", "O0", 100, "USD"), "back")
    assert await store.read(rows.sent, None, None) == [Sent("O0-P1", "O0", "shipped")]


async def test_messages_and_their_owners(store: Store) -> None:
    await Ledger(store).book_capture(Capture("P", "O/1", 100, "USD"), "ref")
    emails, message = email_outbox(store), message_outbox(store)
    content = {"recipient": "a@example.com", "subject": "", "body": ""}
    sms = {"campaign_id": "C", "user_id": "U", "channel": "sms", "address": "+1", "body": "", "tags": []}
    for outbox, key, row in (
        (emails, key_of("payment/P", "returned"), content),
        (emails, key_of("O/1", "delivered"), content),
        (emails, "payment/P/returned", content),
        (emails, "sent", content),
        (message, "C:U", {**sms, "fence": FENCE, "granted_at": utc_now()}),
    ):
        await outbox.claim(key, row)
        await outbox.release(key)
    await emails.mark_sent("sent")
    await emails.claim(key_of("O/1", "delivered"), content)  # under way
    found = [each.owners for kind in rows.OUTBOXES for each in await store.read(rows.unsent, kind, None, None)]
    assert found == [["order-payment/P"], ["payment-P", "order-O/1"], ["campaign-C"]]


async def test_sends_and_caps(store: Store) -> None:
    outbox = message_outbox(store)
    message = {"campaign_id": "C", "user_id": "U", "channel": "sms", "address": "+1", "body": "", "tags": ["x"]}
    content = {**message, "fence": FENCE, "granted_at": utc_now()}
    await outbox.record("S1", content, sent=True)
    await outbox.record("S2", {**content, "transactional": True}, sent=True)
    policy = CapPolicy(rules=[DAY])
    users = SqlUsers(store)
    since: Sequence[object] = []
    for number in (1, 2):
        settings = UserSettings(number=number, policy=policy)
        changes = UserChanges(user_id="U", fence=FENCE, settings=settings, granted=[], reported=[], released=[])
        await users.save_changes(changes)
        known = (await store.read(rows.policies, ["U"]))["U"]
        assert (known.policy, list(known.zones.offsets)) == (policy, ["Europe/Paris"])
        since = [*since, known.since]
    assert since[0] == since[1] is not None
    assert await pages(store, rows.recipients) == ["U"]
    found = await store.read(rows.sends, ["U"], utc_now() - timedelta(days=1))
    assert [(each.send.send_id, each.granted) for each in found["U"]] == [("S1", True), ("S2", False)]


async def test_refunds_that_fit_no_capture(store: Store) -> None:
    ledger = Ledger(store)
    for number in range(3):
        await ledger.book_capture(Capture(f"P{number}", "O", 100, "USD"), f"ref-{number}")
        await ledger.book_refund(Refund(f"K{number}", f"P{number}", "O", 50, "USD"), f"back-{number}")

    def spoil(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE captures SET amount = 49 WHERE payment_id = 'P1'")
        connection.exec_driver_sql("UPDATE captures SET order_id = 'X' WHERE payment_id = 'P2'")

    await store.write(spoil)
    found = await store.read(rows.refunded, None, None)
    assert [(each.payment_id, each.captured, each.matches) for each, _ in found] == [
        ("P1", 49, True),
        ("P2", 100, False),
    ]
