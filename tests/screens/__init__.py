"""Every screen compared with its snapshot: ``uv run pytest tests/screens``, with ``--snapshot-update`` to accept it."""
