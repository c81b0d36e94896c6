"""Textual workers of a pane, in named groups."""

from collections.abc import Coroutine
from typing import Any

from textual.dom import DOMNode


class GroupedWorkers:
    """Starts and stops the workers of ``node``; group names begin with ``name``."""

    def __init__(self, node: DOMNode, name: str) -> None:
        self._node, self._name = node, name

    def start(self, group: str, work: Coroutine[Any, Any, None], *, exclusive: bool = True) -> None:
        """Run ``work``. Only reads may be exclusive: the next one cancels them."""
        self._node.run_worker(work, group=f"{self._name}-{group}", exclusive=exclusive, exit_on_error=False)

    def stop(self, *groups: str) -> None:
        """Cancel what runs in ``groups``."""
        for group in groups:
            self._node.workers.cancel_group(self._node, f"{self._name}-{group}")
