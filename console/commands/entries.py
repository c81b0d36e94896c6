"""What a command palette and the command line offer. Names and explanations hold text from outside."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import Matcher

from console.design.text import plain


class Argument(NamedTuple):
    """What follows a word on the command line, such as an ID."""

    name: str
    run: Callable[[str], object]
    proposals: Sequence[str] = ()


class Entry(NamedTuple):
    """A command by its name, what it does, and how it is run."""

    name: str
    help: str
    run: Callable[[], object]
    word: str = ""
    """What is typed for it on the command line; empty if it is offered by the palette alone."""
    takes: Argument | None = None


class EntryProvider(Provider):
    """Offers entries to a palette, which takes strings for markup, and ``Content`` as it is."""

    def entries(self) -> Iterator[Entry]:
        """Yield what can be done now."""
        raise NotImplementedError

    async def search(self, query: str) -> Hits:
        """Find entries by name."""
        matcher = self.matcher(query)
        for entry in self.entries():
            name = plain(entry.name)
            score, offsets = matcher.fuzzy_search.match(query, name)
            if score > 0:
                yield Hit(score, _highlighted(name, offsets, matcher), entry.run, help=_help(entry))

    async def discover(self) -> Hits:
        """Offer all before anything is typed."""
        for entry in self.entries():
            yield DiscoveryHit(Content(plain(entry.name)), entry.run, plain(entry.name), help=_help(entry))


def _highlighted(name: str, offsets: Sequence[int], matcher: Matcher) -> Content:
    """Do what ``Matcher.highlight`` does, which takes the name for markup."""
    content = Content(name)
    for offset in offsets:
        if not name[offset].isspace():
            content = content.stylize(matcher.match_style, offset, offset + 1)
    return content


def _help(entry: Entry) -> str:
    return Content(plain(entry.help))  # type: ignore[return-value]  # the palette takes it, and a string for markup
