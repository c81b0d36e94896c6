"""Importing users from a CSV file: all of them, or none."""

import asyncio
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from workers.store.engine import Store
from workers.store.users import upsert_users
from workers.store.users_csv import check_users, read_users

BATCH = 500
"""Users that are read and written at a time: few enough that a large file never fills the memory."""


async def import_users(store: Store, path: Path) -> int:
    """Add the users of the file, change those who are known, and return how many the file has.

    The file is read twice: first to find all mistakes before anybody waits for the store, then to write.

    Raises:
        UsersFileError: the file has mistakes; nothing has changed.
        StoreError: the store cannot be used; nothing has changed.
        OSError: the file cannot be read; nothing has changed.
    """
    count = await asyncio.to_thread(check_users, path)
    await store.write(_import, path)
    return count


def _import(connection: Connection, path: Path) -> None:
    users = read_users(path)
    while batch := list(islice(users, BATCH)):
        upsert_users(connection, batch)
