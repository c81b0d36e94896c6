"""A console under test draws what the test looks at, and not each of its frames, which nobody sees.

To draw is more than half of what a console does in a test: with a dialog open, each change behind it draws all anew.
Nor does each console parse the style sheets of Textual and of ours anew, which takes a fifth of the rest.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen

from tests.support.settling import settled_at_once


class Changes:
    """Counts what would have been drawn, so that a test sees when a screen stands still."""

    count = 0


_parsed: dict[Hashable, list[RuleSet]] = {}
"""The rules of each style sheet with its theme's variables, as Textual keeps them for one app."""


@contextmanager
def drawn_on_demand() -> Iterator[None]:
    """Let screens be drawn only as a whole, as `tests.support.snapshot.screen_text` asks for it."""
    draw, parse = Compositor.render_update, Stylesheet._parse_rules

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

    def parse_once(self: Stylesheet, css: str, **source: Any) -> list[RuleSet]:  # noqa: ANN401 - of several types
        key = (frozenset(self._variables.items()), css, *sorted(source.items()))
        if key not in _parsed:
            _parsed[key] = parse(self, css, **source)
        return _parsed[key]

    with pytest.MonkeyPatch.context() as patch, settled_at_once():
        patch.setattr(Compositor, "render_update", render_update)
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield
