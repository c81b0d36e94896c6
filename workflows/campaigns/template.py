"""What a campaign sends: texts with merge fields."""

from typing import Annotated

from pydantic import AfterValidator

from workflows.campaigns.merging import why_not_text
from workflows.shared.fields import LongText, Payload, ShortText


def _with_whole_fields(text: str) -> str:
    if wrong := why_not_text(text):
        raise ValueError(wrong)
    return text


class Template(Payload):
    """Text of a message, with merge fields such as ``{{ user_id }}``; ``{user_id}`` is short for this one."""

    subject: Annotated[ShortText, AfterValidator(_with_whole_fields)] | None = None
    body: Annotated[LongText, AfterValidator(_with_whole_fields)]
