"""The tables. Idempotency keys are primary keys, so that the database itself prevents duplicates.

A change needs a revision in `migrations/versions`.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    false,
    text,
)

import workers.store.consent_schema
import workers.store.held_schema
import workers.store.slack_schema  # noqa: F401 - their tables are of the same metadata
from workers.store.tables import created_at
from workers.store.tables import metadata as metadata  # noqa: PLC0414 - it is imported from here
from workers.store.types import Key, OutsideText, UtcDateTime, utc_now


def _delivery() -> tuple[Column[Any], ...]:
    """Return the columns of an outbox."""
    return (
        Column("attempts", Integer, nullable=False, default=0),
        Column("claimed_until", UtcDateTime),
        Column("sent_at", UtcDateTime),
        Column("rejection", OutsideText),
    )


# The store's own ID, and those of stores that it replaces.
store_ids = Table(
    "store_ids",
    metadata,
    Column("store_id", Key, primary_key=True),
    Column("own", Boolean(create_constraint=True, name="own"), nullable=False),
    created_at(),
)

# What the processes that share the store sign with.
store_secrets = Table(
    "store_secrets",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Key, nullable=False),
    created_at(),
)

stock = Table(
    "stock",
    metadata,
    Column("sku", Key, primary_key=True),
    Column("available", BigInteger, CheckConstraint("available >= 0", name="available"), nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("reservation_id", Key, primary_key=True),
    Column("status", Key, CheckConstraint("status IN ('HELD', 'RELEASED', 'CONSUMED')", name="status"), nullable=False),
    created_at(),
)

reservation_lines = Table(
    "reservation_lines",
    metadata,
    Column("reservation_id", ForeignKey(reservations.c.reservation_id), primary_key=True),
    Column("sku", ForeignKey(stock.c.sku), primary_key=True),
    Column("quantity", BigInteger, CheckConstraint("quantity > 0", name="quantity"), nullable=False),
    Index(None, "sku"),
)

# Pieces that were put back from a reservation that goes on.
line_releases = Table(
    "line_releases",
    metadata,
    Column("release_key", Key, primary_key=True),
    Column("reservation_id", ForeignKey(reservations.c.reservation_id), nullable=False),
    Column("lines", JSON, nullable=False),
    created_at(),
    Index(None, "reservation_id"),
)

captures = Table(
    "captures",
    metadata,
    Column("payment_id", Key, primary_key=True),
    Column("order_id", Key, nullable=False),
    Column("amount", BigInteger, CheckConstraint("amount > 0", name="amount"), nullable=False),
    Column("currency", Key, nullable=False),
    Column("reference", Key, nullable=False, unique=True),
    created_at(),
    Index(None, "order_id"),
)


def _refund() -> tuple[Column[Any], ...]:
    """Return the columns of a refund, made or open."""
    return (
        Column("refund_key", Key, primary_key=True),
        Column("payment_id", ForeignKey(captures.c.payment_id), nullable=False),
        Column("order_id", Key, nullable=False),
        Column("amount", BigInteger, CheckConstraint("amount > 0", name="amount"), nullable=False),
        Column("currency", Key, nullable=False),
    )


refunds = Table(
    "refunds",
    metadata,
    *_refund(),
    Column("reference", OutsideText, nullable=False, unique=True),  # a person may have written it
    created_at(),
    Index(None, "payment_id"),
)

# Refunds that an outside provider was asked for, until they are made (a row of `refunds`) or refused.
open_refunds = Table(
    "open_refunds",
    metadata,
    *_refund(),
    Column("attempt", Integer, nullable=False),
    created_at(),
    Index(None, "payment_id"),
)

parcels = Table(
    "parcels",
    metadata,
    Column("parcel_id", Key, primary_key=True),
    Column("status", Key, nullable=False),
    # These three are null in a parcel recalled before it was handed over.
    Column("order_id", Key),
    Column("carrier", OutsideText),
    Column("address", JSON(none_as_null=True)),
    created_at(),
    Index(None, "order_id"),
)

parcel_reports = Table(
    "parcel_reports",
    metadata,
    Column("parcel_id", ForeignKey(parcels.c.parcel_id), primary_key=True),
    Column("status", Key, primary_key=True),
    created_at(),
)

warehouse_stops = Table(
    "warehouse_stops",
    metadata,
    Column("parcel_id", Key, primary_key=True),
    Column("step", Key, nullable=False),
    # Null if the warehouse has stopped.
    Column("refusal", OutsideText),
    created_at(),
)

# What is known of a business item, by its workflow ID: see `workflows.shared.items`.
business_items = Table(
    "business_items",
    metadata,
    Column("item_id", Key, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("status", Key, nullable=False),
    Column("finished", Boolean(create_constraint=True, name="finished"), nullable=False),
    Column("chain", Key, nullable=False),
    Column("request_hash", Key, nullable=False),
    Column("state", JSON, nullable=False),
    created_at(),
)

emails = Table(
    "emails",
    metadata,
    Column("message_key", Key, primary_key=True),
    Column("recipient", OutsideText, nullable=False),
    Column("subject", OutsideText, nullable=False),
    Column("body", OutsideText, nullable=False),
    created_at(),
    *_delivery(),
)

messages = Table(
    "messages",
    metadata,
    Column("send_id", Key, primary_key=True),
    Column("campaign_id", Key, nullable=False),
    Column("user_id", Key, nullable=False),
    Column("channel", Key, nullable=False),
    Column("address", OutsideText, nullable=False),
    Column("subject", OutsideText),
    Column("body", OutsideText, nullable=False),
    Column("tags", JSON, nullable=False, default=list, server_default="[]"),
    Column("transactional", Boolean, nullable=False, default=False, server_default=false()),
    # When the user's actor granted it; it is recorded later.
    Column("granted_at", UtcDateTime),
    created_at(),
    *_delivery(),
    # Kept where no mail server gets them, for who takes the message from here.
    Column("html", OutsideText),
    Column("unsubscribe_url", OutsideText),
    # What a refusal says about the address: hard or soft.
    Column("bounce", Key),
    # Why it may have gone out though nobody said so: it is not sent again.
    Column("unclear", OutsideText),
    Index(None, "campaign_id", "user_id"),
    Index(None, "user_id", "created_at"),
)

# HTML of campaigns.
templates = Table(
    "templates",
    metadata,
    Column("template_key", Key, primary_key=True),
    Column("html", OutsideText, nullable=False),
    created_at(),
)

# Which process does something that one at a time may do.
leases = Table(
    "leases",
    metadata,
    Column("lease", Key, primary_key=True),
    Column("owner", Key, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("person_id", Key, primary_key=True),
    Column("name", OutsideText, nullable=False),
    Column("email", OutsideText, nullable=False),
    Column("manager", ForeignKey("people.person_id")),
    Column("timezone", OutsideText),
    Column("slack_id", Key, unique=True),
    Column("calendar", OutsideText),
    Column("absent_from", Date),
    Column("absent_until", Date),
    Column("substitute", ForeignKey("people.person_id")),
    # The local time of day, such as 09:00, of those who want one message a day.
    Column("digest", Key),
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_name", Key, primary_key=True),
    Column("person_id", ForeignKey(people.c.person_id), primary_key=True),
    Index(None, "person_id"),
)

booked_absences = Table(
    "booked_absences",
    metadata,
    Column("booking_key", Key, primary_key=True),
    Column("person_id", ForeignKey(people.c.person_id), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Index(None, "person_id"),
)

# What approved expenses and purchases release: a finance system pays each key once.
payment_releases = Table(
    "payment_releases",
    metadata,
    Column("release_key", Key, primary_key=True),
    Column("request_id", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Key, nullable=False),
    Column("payee", Key, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Key, nullable=False),
    Column("content_hash", Key, nullable=False),
    created_at(),
    Index(None, "request_id"),
)

# Refused attempts beside the trails of requests; nothing is ever changed or deleted.
approval_attempts = Table(
    "approval_attempts",
    metadata,
    Column("attempt_id", Key, primary_key=True),
    Column("request_id", Key, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", OutsideText, nullable=False),
    Column("action", Key, nullable=False),
    Column("detail", OutsideText, nullable=False),
    Column("previous_hash", Key, nullable=False),
    Column("hash", Key, nullable=False),
    UniqueConstraint("request_id", "sequence"),
)

users = Table(
    "users",
    metadata,
    Column("user_id", Key, primary_key=True),
    Column("email_address", OutsideText, nullable=False),
    Column("phone", OutsideText, nullable=False),
    Column("timezone", OutsideText, nullable=False),
    Column("email", Boolean(create_constraint=True, name="email"), nullable=False),
    Column("sms", Boolean(create_constraint=True, name="sms"), nullable=False),
    Column("push", Boolean(create_constraint=True, name="push"), nullable=False),
    Column("attributes", JSON, nullable=False, default=dict, server_default="{}"),
    # Which users are one person to the caps: those with the same mailbox or phone. The ID of one of them.
    Column("person", Key, nullable=False, default=lambda context: context.get_current_parameters()["user_id"]),
    Index("ix_users_mailbox", text("lower(email_address)")),
    Index(None, "phone"),
    Index(None, "person"),
)

# The attributes that any user has had.
merge_fields = Table("merge_fields", metadata, Column("field", Key, primary_key=True))

segments = Table("segments", metadata, Column("segment", Key, primary_key=True))

segment_members = Table(
    "segment_members",
    metadata,
    Column("segment", ForeignKey(segments.c.segment), primary_key=True),
    Column("user_id", ForeignKey(users.c.user_id), primary_key=True),
    Index(None, "user_id"),
)

# What was set for a user: null where nothing was.
user_settings = Table(
    "user_settings",
    metadata,
    Column("user_id", Key, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("policy", JSON(none_as_null=True)),
    Column("preferences", JSON(none_as_null=True)),
    Column("policy_since", UtcDateTime),
    # IDs of the latest changes.
    Column("applied", JSON(none_as_null=True)),
)

# What all users without a policy of their own follow: the highest revision whose moment has come.
default_policies = Table(
    "default_policies",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("policy", JSON, nullable=False),
    Column("effective_from", UtcDateTime, nullable=False),
    Column("set_by", OutsideText, nullable=False),
    created_at(),
)

# Sends that count against caps, and are not in `messages`: other senders asked for them, or reported them.
counted_sends = Table(
    "counted_sends",
    metadata,
    Column("user_id", Key, primary_key=True),
    Column("send_id", Key, primary_key=True),
    Column("campaign_id", Key, nullable=False),
    Column("channel", Key, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column(
        "transactional",
        Boolean(create_constraint=True, name="transactional"),
        nullable=False,
        default=False,
        server_default=false(),
    ),
    # When the store heard of it: a report may come late.
    Column("created_at", UtcDateTime, default=utc_now),
)

# Whose grants let messages to a user go out: see `workers.store.fences`.
send_fences = Table(
    "send_fences",
    metadata,
    Column("person", Key, primary_key=True),
    # How many sends were written, fences made and settings changed.
    Column("version", BigInteger, nullable=False),
    # Null if no actor knows what the store knows.
    Column("token", Key),
)
