"""Runs revisions on the connection that `workers.store.migrate` hands over. Alembic imports this file by itself."""

import logging

from alembic import context

from workers.store.migrate import revision_table
from workers.store.schema import metadata

logging.getLogger("alembic.runtime").setLevel(logging.WARNING)
context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=revision_table.name
)
with context.begin_transaction():
    context.run_migrations()
