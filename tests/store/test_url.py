"""Which URLs a store may have, and how they are shown."""

import pytest

from workers.store.databases import masked, parse_store_url
from workers.store.errors import StoreError


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////var/lib/x.sqlite", "sqlite+pysqlite"),
        ("sqlite+pysqlite:///x.sqlite", "sqlite+pysqlite"),
        ("postgresql://u:p@db/x", "postgresql+psycopg"),
        ("postgres://u:p@db/x", "postgresql+psycopg"),
        ("postgresql+psycopg://u:p@db/x", "postgresql+psycopg"),
    ],
)
def test_the_driver_is_chosen(given: str, driver: str) -> None:
    assert parse_store_url(given).drivername == driver


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("hunter2", "cannot be read"),
        ("postgresql://u:hunter2@db:many/x", "cannot be read"),
        ("mysql://u:hunter2@db/x", "'mysql'"),
        ("postgresql+asyncpg://u:hunter2@db/x", r"'postgresql\+asyncpg'"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "must be a file"),
        ("sqlite://folder/x.sqlite", "three slashes"),
        ("", "cannot be read"),
    ],
)
def test_others_are_refused_in_one_line_without_the_password(given: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as refused:
        parse_store_url(given)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_no_password_is_shown() -> None:
    url = parse_store_url("postgresql://u:hunter2@db/x?password=hunter3&sslpassword=hunter4&sslmode=require")
    assert masked(url) == "postgresql://u:***@db/x?sslmode=require"
