"""Whether a payload from outside can be decoded at all."""

from pydantic_core import from_json
from temporalio.api.common.v1 import Payload

JSON = b"json/plain"
READABLE = frozenset((JSON, b"binary/plain", b"binary/null"))
"""Encodings that a handler can judge; all of ours take JSON. A codec has decoded its own before."""
ENCRYPTED = b"binary/encrypted"
"""Encoding of Temporal's encryption codecs."""

MAX_ENCODING = 40
"""Characters of an unknown encoding that are quoted."""


def why_unreadable(payload: Payload) -> str:
    """Return in one line why the payload cannot be decoded, or an empty text."""
    encoding = payload.metadata.get("encoding")
    if encoding is None:
        return "the payload has no metadata `encoding`; send json/plain"
    if encoding == ENCRYPTED:
        return "the payload is encrypted, and the workers have no codec for it"
    if encoding not in READABLE:
        return f"the payload's encoding is {encoding.decode(errors='replace')[:MAX_ENCODING]!r}; send json/plain"
    if encoding == b"binary/null" and payload.data:
        return "the payload is null, as its encoding says, and yet has data"
    if encoding == JSON and not _is_json(payload.data):
        return "the payload is not JSON, as its encoding says"
    return ""


def _is_json(data: bytes) -> bool:
    try:
        from_json(data)
    except ValueError:
        return False
    return True
