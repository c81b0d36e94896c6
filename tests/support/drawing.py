"""A console under test draws what the test looks at, and not each of its frames, which nobody sees.

To draw is more than half of what a console does in a test: with a dialog open, each change behind it draws all anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual.screen import Screen


class Changes:
    """Counts what would have been drawn, so that a test sees when a screen stands still."""

    count = 0


@contextmanager
def drawn_on_demand() -> Iterator[None]:
    """Let screens be drawn only as a whole, as `tests.support.snapshot.screen_text` asks for it."""
    draw = Compositor.render_update

    def render_update(
        self: Compositor,
        full: bool = False,  # noqa: FBT001, FBT002 - Textual's signature
        screen_stack: list[Screen[Any]] | None = None,
        simplify: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> RenderableType | None:
        if full:
            return draw(self, full, screen_stack, simplify)
        self._dirty_regions.clear()
        Changes.count += 1
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compositor, "render_update", render_update)
        yield
