"""The store's URL: which databases it may name, and how it is shown."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from workers.store.errors import StoreError

EXAMPLES = "use one like sqlite:////var/lib/tconsole/store.sqlite or postgresql://user:password@host/database"
SQLITE, POSTGRESQL = "sqlite+pysqlite", "postgresql+psycopg"
DRIVERS = {
    "sqlite": SQLITE,
    "sqlite+pysqlite": SQLITE,
    "sqlite+aiosqlite": SQLITE,  # the driver that earlier versions used
    "postgresql": POSTGRESQL,
    "postgresql+psycopg": POSTGRESQL,
    "postgres": POSTGRESQL,
    "postgres+psycopg": POSTGRESQL,
}
"""The driver for each way to name a kind of database."""

SECRETS = ("password", "sslpassword")


def parse_store_url(text: str) -> URL:
    """Return the URL with the driver that is used.

    Raises:
        StoreError: it is no URL, names another kind of database, or a SQLite database that is no file.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The library's own words would repeat the text, and with it the password.
        raise StoreError(f"the store's URL cannot be read; {EXAMPLES}") from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreError(f"the store cannot be of kind {url.drivername!r}; {EXAMPLES}")
    if driver == SQLITE:
        _check_file(url)
    return url.set(drivername=driver)


def masked(url: URL) -> str:
    """Return the URL for people: without the driver, and without a password."""
    plain = url.set(drivername=url.get_backend_name()).difference_update_query(SECRETS)
    return plain.render_as_string(hide_password=True)


def _check_file(url: URL) -> None:
    if url.host:
        raise StoreError(f"the path of a SQLite store needs three slashes, or four when it is absolute; {EXAMPLES}")
    if not url.database or url.database.startswith((":memory:", "file:")):
        # Connections to a database in memory do not see each other's work.
        raise StoreError(f"a SQLite store must be a file; {EXAMPLES}")
