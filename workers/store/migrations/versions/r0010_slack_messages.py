"""Messages in Slack that are kept up to date, clicks on them, and leases, instead of notifications sent once."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Column, Integer

from workers.store.types import Key, OutsideText, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the tables. What was sent before is not changed any more, and is forgotten."""
    op.drop_table("notifications")
    op.create_table(
        "slack_cards",
        Column("request_id", Key, primary_key=True),
        Column("part", Key, primary_key=True),
        Column("revision", BigInteger, nullable=False),
        Column("content", JSON, nullable=False),
    )
    op.create_table(
        "slack_messages",
        Column("request_id", Key, primary_key=True),
        Column("part", Key, primary_key=True),
        Column("recipient", Key, primary_key=True),
        Column("kind", Key, CheckConstraint("kind IN ('card', 'notice', 'comment')", name="kind"), nullable=False),
        Column("card", Key),
        Column("content", JSON(none_as_null=True)),
        Column("wanted", BigInteger, nullable=False),
        Column("shown", BigInteger, nullable=False),
        Column("state", Key, nullable=False, index=True),
        Column("posting", Boolean(create_constraint=True, name="posting"), nullable=False),
        Column("channel", Key),
        Column("ts", Key),
        Column("attempts", Integer, nullable=False),
        Column("retry_at", UtcDateTime),
        Column("error", OutsideText),
        Column("position", BigInteger, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index(op.f("ix_slack_messages_channel_ts"), "slack_messages", ["channel", "ts"])
    op.create_index(op.f("ix_slack_messages_recipient_position"), "slack_messages", ["recipient", "position"])
    op.create_table(
        "slack_clicks",
        Column("click_key", Key, primary_key=True),
        Column("action", Key, nullable=False),
        Column("state", Key, CheckConstraint("state IN ('OPEN', 'DONE', 'REFUSED')", name="state"), nullable=False),
        Column("request_id", Key, index=True),
        Column("target", OutsideText, nullable=False),
        Column("team", Key, nullable=False),
        Column("slack_user", Key, nullable=False),
        Column("person", Key),
        Column("channel", Key, nullable=False),
        Column("ts", Key, nullable=False),
        Column("text", OutsideText, nullable=False),
        Column("outcome", OutsideText),
        Column("attempts", Integer, nullable=False),
        Column("claimed_until", UtcDateTime),
        Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index(op.f("ix_slack_clicks_state"), "slack_clicks", ["state"])
    op.create_table(
        "leases",
        Column("lease", Key, primary_key=True),
        Column("owner", Key, nullable=False),
        Column("until", UtcDateTime, nullable=False),
    )
