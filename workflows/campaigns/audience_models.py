"""What is asked about an audience before anything is sent to it."""

from pydantic import Field

from workflows.shared.fields import Answer, Identifier
from workflows.shared.inputs import Input


class FindAudience(Input):
    """An audience to look for: a segment, or users. Starts a look-up of it; without either, of what there is."""

    segment: Identifier | None = None
    user_ids: list[Identifier] = Field(default_factory=list, max_length=10_000)


class FoundAudience(Answer):
    """What the directory knows of an audience.

    ``size`` counts the known users; it is None when there is no such segment. ``like`` are known IDs like the segment,
    or like the first of the ``unknown`` users, of whom some are ``named``.
    """

    size: int | None
    unknown: int = 0
    named: list[str] = Field(default_factory=list)
    like: list[str] = Field(default_factory=list)


class AudienceAnswer(Answer):
    """Answer of a look-up: what was found of an audience, or what there is, some of it."""

    found: FoundAudience | None = None
    segments: list[str] = Field(default_factory=list)
    users: list[str] = Field(default_factory=list)
