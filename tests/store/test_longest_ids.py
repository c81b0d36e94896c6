"""IDs of 200 characters of four bytes, and the keys made of two of them, fit the indexes of both databases."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, insert

from workers.store import schema
from workers.store.engine import Store
from workflows.campaigns.sends import send_id_of
from workflows.orders.customer.emails import returned_key
from workflows.orders.payments.records import refund_key
from workflows.shared.fields import MAX_ID, MAX_LONG_ID

CHANCE = random.Random(7)  # noqa: S311 - texts that no database can compress
NOW = datetime(2025, 1, 31, tzinfo=UTC)


def long_id() -> str:
    """Return an ID, rare characters of Chinese."""
    return "".join(chr(CHANCE.randrange(0x20000, 0x2A000)) for _ in range(MAX_ID))


async def test_the_longest_ids_can_be_stored(store: Store) -> None:
    order, payment, user, campaign, segment = (long_id() for _ in range(5))
    send = send_id_of(campaign, user)
    assert len(send.encode()) == MAX_LONG_ID
    money = {"payment_id": payment, "order_id": order, "amount": 1, "currency": "USD"}
    message = {"campaign_id": campaign, "user_id": user, "channel": "sms"}
    person = {"person_id": user, "name": "", "email": ""}
    channels = {"email": True, "sms": True, "push": True}
    rows: list[tuple[Table, Mapping[str, object]]] = [
        (schema.stock, {"sku": payment, "available": 1}),
        (schema.reservations, {"reservation_id": f"{order}/reservation-2", "status": "HELD"}),
        (schema.reservation_lines, {"reservation_id": f"{order}/reservation-2", "sku": payment, "quantity": 1}),
        (schema.captures, money | {"reference": long_id()}),
        (schema.refunds, money | {"refund_key": refund_key(order, payment, "cancelled-10"), "reference": long_id()}),
        (schema.parcels, {"parcel_id": f"{order}-P10", "status": "shipped"}),
        (schema.parcel_reports, {"parcel_id": f"{order}-P10", "status": "delivered"}),
        (schema.emails, {"message_key": returned_key(payment), "recipient": "", "subject": "", "body": ""}),
        (schema.messages, message | {"send_id": send, "address": "", "body": ""}),
        (schema.counted_sends, message | {"send_id": send, "tags": [], "at": NOW}),
        (schema.people, person),
        (schema.group_members, {"group_name": segment, "person_id": user}),
        (schema.users, channels | {"user_id": user, "email_address": "", "phone": "", "timezone": "UTC"}),
        (schema.segments, {"segment": segment}),
        (schema.segment_members, {"segment": segment, "user_id": user}),
    ]

    def write(connection: Connection) -> None:
        for table, row in rows:
            connection.execute(insert(table).values(row))

    await store.write(write)
