"""HTML of e-mails: merge fields in it, and a worker's memory of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.campaigns.merging import FIELD, value_of
from workflows.campaigns.ports import Templates

MAX_CACHED = 16
"""Of 100 kB each."""

PLAIN = re.compile(r"[^\w.,@-]", re.ASCII)
"""All that is written as a character reference. So it ends no attribute, also one without quotes, and begins no tag."""

URL_BEFORE = re.compile(r"""\b(?:href|src|action|formaction|background|poster|data)\s*=\s*["']?\s*$""", re.IGNORECASE)
"""The value of an attribute that is a URL, up to its beginning."""
LOOK_BACK = 40
"""Characters before a field in which its attribute is looked for."""
SAFE_URL = re.compile(r"\s*(?:https?:|mailto:|tel:|[^:]*(?:[/?#]|$))", re.IGNORECASE)
"""A URL that runs nothing, or a relative one."""


def merge_html(html: str, values: Mapping[str, str]) -> str:
    """Return the HTML with the values of a user, which are text: no tags, no attributes, no scripts.

    A link whose beginning is a value goes to a web page, an e-mail address or a telephone, or nowhere.
    """

    def value(found: re.Match[str]) -> str:
        text = value_of(found, values)
        in_url = URL_BEFORE.search(html, max(0, found.start() - LOOK_BACK), found.start())
        return "#" if in_url and not SAFE_URL.match(text) else escaped(text)

    return FIELD.sub(value, html)


def escaped(text: str) -> str:
    """Return a text as HTML, for whatever place of it."""
    return PLAIN.sub(lambda found: f"&#{ord(found[0])};" if found[0] != "\0" else "\ufffd", text)


class UnknownHtmlError(Exception):
    """The store does not have the HTML of a campaign."""


@dataclass
class HtmlCache:
    """The HTML of the latest campaigns, since each batch needs it."""

    templates: Templates
    _known: dict[str, str] = field(default_factory=dict)

    async def find(self, key: str | None) -> str | None:
        """Return the HTML with a key, None without one.

        Raises:
            UnknownHtmlError: the store has been replaced meanwhile.
        """
        if key is None:
            return None
        if key not in self._known:
            html = await self.templates.find(key)
            if html is None:
                raise UnknownHtmlError(f"the store does not have the campaign's HTML {key}; is it another store?")
            self._known[key] = html
            while len(self._known) > MAX_CACHED:
                del self._known[next(iter(self._known))]
        return self._known[key]
