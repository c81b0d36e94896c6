"""Who calls: each bearer token is an operator with systems and rights. Only its hash is kept."""

import hmac
import secrets
from hashlib import sha256

from console.api.problems import ProblemError
from workflows.runtime.console_settings import ApiToken

SCHEME = "bearer"
TOKEN_PREFIX = "tck_"  # noqa: S105 - it tells people and secret scanners what it is
TOKEN_BYTES = 32
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def new_token() -> str:
    """Return a token that nobody can guess."""
    return f"{TOKEN_PREFIX}{secrets.token_urlsafe(TOKEN_BYTES)}"


def hashed(token: str) -> str:
    """Return what is kept of a token. It is random, so that a plain hash cannot be searched."""
    return sha256(token.encode()).hexdigest()


def caller_of(header: str | None, known: list[ApiToken]) -> ApiToken:
    """Return whose token an ``Authorization`` header has.

    Raises:
        ProblemError: there is none, or it is not known.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != SCHEME or not token.strip():
        raise ProblemError(401, "send your token as Authorization: Bearer TOKEN", headers=CHALLENGE)
    given, found = hashed(token.strip()), None
    for each in known:  # all of them: the time must not tell how far it matched
        if hmac.compare_digest(each.sha256, given):
            found = each
    if found is None:
        raise ProblemError(401, "this token is not known; tconsole api token makes one", headers=CHALLENGE)
    return found
