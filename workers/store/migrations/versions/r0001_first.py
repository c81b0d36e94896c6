"""The first schema."""

from typing import Any

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer

from workers.store.types import Key, OutsideText, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    _orders()
    _approvals()
    _campaigns()


def _orders() -> None:
    op.create_table(
        "stock",
        Column("sku", Key, primary_key=True),
        Column("available", BigInteger, CheckConstraint("available >= 0", name="available"), nullable=False),
    )
    status = CheckConstraint("status IN ('HELD', 'RELEASED', 'CONSUMED')", name="status")
    op.create_table(
        "reservations",
        Column("reservation_id", Key, primary_key=True),
        Column("status", Key, status, nullable=False),
        _created(),
    )
    op.create_table(
        "reservation_lines",
        Column("reservation_id", Key, ForeignKey("reservations.reservation_id"), primary_key=True),
        Column("sku", Key, ForeignKey("stock.sku"), primary_key=True, index=True),
        Column("quantity", BigInteger, CheckConstraint("quantity > 0", name="quantity"), nullable=False),
    )
    op.create_table(
        "line_releases",
        Column("release_key", Key, primary_key=True),
        Column("reservation_id", Key, ForeignKey("reservations.reservation_id"), nullable=False, index=True),
        Column("lines", JSON, nullable=False),
        _created(),
    )
    op.create_table(
        "captures",
        Column("payment_id", Key, primary_key=True),
        Column("order_id", Key, nullable=False, index=True),
        _amount(),
        Column("currency", Key, nullable=False),
        Column("reference", Key, nullable=False, unique=True),
        _created(),
    )
    op.create_table("refunds", *_refund(), Column("reference", OutsideText, nullable=False, unique=True), _created())
    op.create_table("open_refunds", *_refund(), Column("attempt", Integer, nullable=False), _created())
    op.create_table(
        "parcels",
        Column("parcel_id", Key, primary_key=True),
        Column("status", Key, nullable=False),
        Column("order_id", Key, index=True),
        Column("carrier", OutsideText),
        Column("address", JSON(none_as_null=True)),
        _created(),
    )
    op.create_table(
        "parcel_reports",
        Column("parcel_id", Key, ForeignKey("parcels.parcel_id"), primary_key=True),
        Column("status", Key, primary_key=True),
        _created(),
    )
    op.create_table(
        "warehouse_stops",
        Column("parcel_id", Key, primary_key=True),
        Column("step", Key, nullable=False),
        Column("refusal", OutsideText),
        _created(),
    )
    op.create_table(
        "emails",
        Column("message_key", Key, primary_key=True),
        *(Column(name, OutsideText, nullable=False) for name in ("recipient", "subject", "body")),
        _created(),
        *_delivery(),
    )


def _approvals() -> None:
    op.create_table(
        "notifications",
        Column("notification_key", Key, primary_key=True),
        Column("request_id", Key, nullable=False, index=True),
        Column("channel", OutsideText),
        Column("ts", OutsideText),
        _created(),
        *_delivery(),
    )
    op.create_table(
        "people",
        Column("person_id", Key, primary_key=True),
        Column("name", OutsideText, nullable=False),
        Column("email", OutsideText, nullable=False),
        Column("manager", Key, ForeignKey("people.person_id")),
    )
    op.create_table(
        "group_members",
        Column("group_name", Key, primary_key=True),
        Column("person_id", Key, ForeignKey("people.person_id"), primary_key=True, index=True),
    )


def _campaigns() -> None:
    op.create_table(
        "messages",
        Column("send_id", Key, primary_key=True),
        *(Column(name, Key, nullable=False) for name in ("campaign_id", "user_id", "channel")),
        Column("address", OutsideText, nullable=False),
        Column("subject", OutsideText),
        Column("body", OutsideText, nullable=False),
        _created(),
        *_delivery(),
    )
    op.create_index("ix_messages_campaign_id_user_id", "messages", ["campaign_id", "user_id"])
    op.create_table(
        "users",
        Column("user_id", Key, primary_key=True),
        *(Column(name, OutsideText, nullable=False) for name in ("email_address", "phone", "timezone")),
        *(
            Column(name, Boolean(create_constraint=True, name=name), nullable=False)
            for name in ("email", "sms", "push")
        ),
    )
    op.create_table("segments", Column("segment", Key, primary_key=True))
    op.create_table(
        "segment_members",
        Column("segment", Key, ForeignKey("segments.segment"), primary_key=True),
        Column("user_id", Key, ForeignKey("users.user_id"), primary_key=True, index=True),
    )


def _created() -> Column[Any]:
    return Column("created_at", UtcDateTime, nullable=False)


def _amount() -> Column[Any]:
    return Column("amount", BigInteger, CheckConstraint("amount > 0", name="amount"), nullable=False)


def _refund() -> tuple[Column[Any], ...]:
    return (
        Column("refund_key", Key, primary_key=True),
        Column("payment_id", Key, ForeignKey("captures.payment_id"), nullable=False, index=True),
        Column("order_id", Key, nullable=False),
        _amount(),
        Column("currency", Key, nullable=False),
    )


def _delivery() -> tuple[Column[Any], ...]:
    return (
        Column("attempts", Integer, nullable=False),
        Column("claimed_until", UtcDateTime),
        Column("sent_at", UtcDateTime),
        Column("rejection", OutsideText),
    )
