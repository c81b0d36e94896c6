"""What a campaign sends: texts with merge fields."""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from workflows.campaigns.channels import Channel
from workflows.campaigns.merging import fields_of, why_not_fields, why_not_text
from workflows.shared.fields import BLANK_IS_NONE, LongText, Payload, ShortText
from workflows.shared.refusals import INVALID_REQUEST, Refusal

MAX_HTML = 100_000
"""Bytes in UTF-8. Gmail shows the first 102 kB of a message and hides the rest, with the link to unsubscribe."""
UNSUBSCRIBE_URL = "unsubscribe_url"
"""Merge field of a link to unsubscribe from the campaign's channel."""
NO_LINKS = "there is no link to unsubscribe: set TCONSOLE_UNSUBSCRIBE_URL for the workers, or leave it out"
SHOWN_HTML = 2_000
"""Characters that a campaign shows of it."""


def _with_whole_fields(text: str) -> str:
    if wrong := why_not_text(text):
        raise ValueError(wrong)
    return text


def _not_too_large(html: str) -> str:
    size = len(html.encode())
    if size > MAX_HTML:
        raise ValueError(f"it has {size:,} bytes in UTF-8; {MAX_HTML:,} at most, since mail programs cut off the rest")
    return html


Html = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_HTML),
    BLANK_IS_NONE,
    AfterValidator(_not_too_large),
    AfterValidator(_with_whole_fields),
]


class Template(Payload):
    """Text of a message, with merge fields such as ``{{ user_id }}``; ``{user_id}`` is short for this one.

    With ``html`` an e-mail has both: ``body`` is for who reads no HTML. It is not made from the HTML, since what a
    program makes of tables and pictures is worth less than two sentences and a link.
    """

    subject: Annotated[ShortText, AfterValidator(_with_whole_fields)] | None = None
    body: Annotated[LongText, AfterValidator(_with_whole_fields)]
    html: Annotated[Html | None, BLANK_IS_NONE] = Field(
        default=None, title="HTML", description="of e-mails, beside the body, which is the text part"
    )

    @model_validator(mode="before")
    @classmethod
    def _has_a_text_part(cls, given: object) -> object:
        if isinstance(given, Mapping) and given.get("html") and not str(given.get("body") or "").strip():
            raise ValueError("there is HTML and no body; write one, which who reads no HTML gets")
        return given

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text that there is, with the name of its field."""
        for name in ("subject", "body", "html"):
            if text := getattr(self, name):
                yield name, text

    @property
    def part_with_link(self) -> str | None:
        """The field with a link to unsubscribe, if there is one."""
        return next((name for name, text in self.texts if UNSUBSCRIBE_URL in fields_of(text)), None)

    def misfit(self, channel: Channel) -> tuple[str, str] | None:
        """Return why messages of a channel cannot have a part of it, and that field's name; None if they can."""
        if self.html is not None and channel is not Channel.EMAIL:
            return f"only an e-mail has HTML, and this is {channel}", "html"
        if self.subject is not None and channel is Channel.SMS:
            return "an SMS has no subject; leave it out", "subject"
        return None

    def with_html(self, html: str | None) -> "Template":
        """Return the template with another HTML."""
        return self.model_copy(update={"html": html})

    @property
    def shown(self) -> "Template":
        """What is shown of it to people."""
        long = self.html is not None and len(self.html) > SHOWN_HTML
        return self.with_html(f"{self.html[:SHOWN_HTML]}…") if long and self.html else self


def why_not_template(template: Template, known: Collection[str], *, links: bool) -> Refusal | None:
    """Return which merge field of a template there is not, or None; ``known`` are those besides every user's."""
    known = [*known, UNSUBSCRIBE_URL] if links else known
    for name, text in template.texts:
        if UNSUBSCRIBE_URL in fields_of(text) and UNSUBSCRIBE_URL not in known:
            return Refusal(INVALID_REQUEST, NO_LINKS, f"template.{name}")
        if wrong := why_not_fields(text, known):
            return Refusal(INVALID_REQUEST, wrong, f"template.{name}")
    return None
