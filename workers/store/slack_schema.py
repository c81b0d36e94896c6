"""The tables of Slack's messages and clicks."""

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Column, Index, Integer, Table

from workers.store.tables import created_at, metadata
from workers.store.types import Key, OutsideText, UtcDateTime

# What Slack is to show of a level of a request; all copies of it show the same.
slack_cards = Table(
    "slack_cards",
    metadata,
    Column("request_id", Key, primary_key=True),
    Column("part", Key, primary_key=True),
    # Grows with each change of the content.
    Column("revision", BigInteger, nullable=False),
    Column("content", JSON, nullable=False),
)

# Messages to people, and to the channel (an empty recipient).
slack_messages = Table(
    "slack_messages",
    metadata,
    Column("request_id", Key, primary_key=True),
    Column("part", Key, primary_key=True),
    Column("recipient", Key, primary_key=True),
    Column("kind", Key, CheckConstraint("kind IN ('card', 'notice', 'comment')", name="kind"), nullable=False),
    # The card that it is a copy of, or a comment below.
    Column("card", Key),
    # Null in a card, which has its content in `slack_cards`.
    Column("content", JSON(none_as_null=True)),
    # The revision that it should show, and the one that it shows; 0 before it is posted.
    Column("wanted", BigInteger, nullable=False),
    Column("shown", BigInteger, nullable=False, default=0),
    Column("state", Key, nullable=False),
    # Whether a post is under way, or got no answer: it may be in Slack.
    Column("posting", Boolean(create_constraint=True, name="posting"), nullable=False, default=False),
    Column("channel", Key),
    Column("ts", Key),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", UtcDateTime),
    Column("error", OutsideText),
    # Order of the messages to one recipient.
    Column("position", BigInteger, nullable=False),
    created_at(),
    Index(None, "state"),
    Index(None, "channel", "ts"),
    Index(None, "recipient", "position"),
)

# Clicks and replies, kept before they are acknowledged, until they are decided on.
slack_clicks = Table(
    "slack_clicks",
    metadata,
    Column("click_key", Key, primary_key=True),
    Column("action", Key, nullable=False),
    Column("state", Key, CheckConstraint("state IN ('OPEN', 'DONE', 'REFUSED')", name="state"), nullable=False),
    # Null if it is for no request that anybody knows.
    Column("request_id", Key),
    # The value of the button.
    Column("target", OutsideText, nullable=False),
    Column("team", Key, nullable=False),
    Column("slack_user", Key, nullable=False),
    Column("person", Key),
    Column("channel", Key, nullable=False),
    Column("ts", Key, nullable=False),
    # A reason, or a comment.
    Column("text", OutsideText, nullable=False),
    Column("outcome", OutsideText),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_until", UtcDateTime),
    created_at(),
    Index(None, "request_id"),
    Index(None, "state"),
)
