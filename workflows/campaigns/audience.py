"""Whether there is a campaign's audience: asked before it begins, and while somebody fills in the form."""

from collections.abc import Sequence

from workflows.campaigns.audience_models import AudienceAnswer, FindAudience, FoundAudience
from workflows.campaigns.models import UNKNOWN_USER, InlineAudience, SegmentAudience
from workflows.campaigns.ports import Users
from workflows.shared.counts import number_of
from workflows.shared.refusals import Refusal

MAX_NAMED = 5
"""Unknown users who are named."""
MAX_PROPOSED = 200
"""Segments and users that a look-up proposes; others are found by their IDs."""


def audience_to_find(audience: InlineAudience | SegmentAudience, user_ids: Sequence[str] = ()) -> FindAudience:
    """Return what to look for; ``user_ids`` are all users of an inline audience, if it was cut."""
    if isinstance(audience, SegmentAudience):
        return FindAudience(segment=audience.name)
    return FindAudience(user_ids=list(dict.fromkeys(user_ids or audience.user_ids)))


async def find_audience(wanted: FindAudience, users: Users) -> FoundAudience:
    """Return what the directory knows of an audience."""
    if wanted.segment is not None:
        size = await users.segment_size(wanted.segment)
        like = [] if size is not None else await users.like_segment(wanted.segment)
        return FoundAudience(size=size, like=like)
    unknown = await users.unknown_users(wanted.user_ids)
    return FoundAudience(
        size=len(wanted.user_ids) - len(unknown),
        unknown=len(unknown),
        named=unknown[:MAX_NAMED],
        like=await users.like_user(unknown[0]) if unknown else [],
    )


async def look_up(wanted: FindAudience, users: Users) -> AudienceAnswer:
    """Return the same, or what there is to choose from."""
    if wanted.segment is not None or wanted.user_ids:
        return AudienceAnswer(found=await find_audience(wanted, users))
    return AudienceAnswer(segments=await users.some_segments(MAX_PROPOSED), users=await users.some_users(MAX_PROPOSED))


def why_not_audience(wanted: FindAudience, found: FoundAudience) -> Refusal | None:
    """Return why nothing can be sent to an audience: there is no such segment, or none of its users is known."""
    if wanted.segment is not None:
        if found.size is not None:
            return None
        return Refusal("UnknownSegment", f"there is no segment {wanted.segment}{_meant(found)}", "audience.name")
    if found.size:
        return None
    return Refusal(UNKNOWN_USER, unknown_words(found), "audience.user_ids")


def unknown_words(found: FoundAudience) -> str:
    """Return which users are not known, and who may be meant."""
    if found.unknown == 1 and not found.size:
        return f"there is no user {found.named[0]}{_meant(found)}"
    total = (found.size or 0) + found.unknown
    more = ", …" if found.unknown > len(found.named) else ""
    count = f"{found.unknown:,} of {number_of(total, 'user')} {'is' if found.unknown == 1 else 'are'}"
    return f"{count} not known ({', '.join(found.named)}{more}){_meant(found)}"


def audience_words(wanted: FindAudience, found: FoundAudience) -> str:
    """Return whom a campaign would address, and who of them is not known."""
    if wanted.segment is not None:
        return f"sends to {number_of(found.size or 0, 'user')} of segment {wanted.segment}"
    known = f"sends to {number_of(found.size or 0, 'user')}"
    return f"{known}; {unknown_words(found)}" if found.unknown else known


def _meant(found: FoundAudience) -> str:
    return f": did you mean {' or '.join(found.like)}?" if found.like else ""
