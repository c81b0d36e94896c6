"""Benchmarks: each figure beside a bare baseline measured in the same run: ``uv run python -m tests.benchmarks``.

Nothing here is collected by pytest, and nothing is asserted: the table shows each figure with the aim beside it.
"""
