"""Column types: texts, keys and times that are the same on every database."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator

Key = String().with_variant(String(collation="C"), "postgresql")
"""An ID, ordered by code points everywhere, as Python orders it."""


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


class OutsideText(TypeDecorator[str]):
    """Text that people wrote. PostgreSQL cannot keep a NUL character: it becomes U+FFFD, as in HTML."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """Make the text one that every database keeps."""
        return None if value is None else value.replace("\0", "\ufffd")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Turn the moment into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Give the moment its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
