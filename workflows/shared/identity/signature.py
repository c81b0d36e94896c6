"""The signature of a message: what it covers, and how it travels in a Temporal header."""

import base64
import binascii
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from temporalio.api.common.v1 import Payload

from workflows.shared.payloads import JSON

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Kind = Literal["start", "signal", "update"]

HEADER = "tconsole-signature-"
"""Beginning of the header's name; the kind of the message follows, as a start may bring a signal or an update."""
REFUSED_HEADER = "tconsole-refused"
"""Header that the workers give a signal which is refused: why, in one line. No sender's header of that name counts."""
VERSION = "tconsole-message-1"
NONCE_BYTES = 12
MAX_HEADER = 4000


class Signature(BaseModel):
    """Who signed a message, and when. ``acts_for`` is whose wish it is, if not the signer's, and ``via`` the proof."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operator: str
    acts_for: str = ""
    channel: str = ""
    via: str = ""
    at: int
    """Seconds since 1970."""
    nonce: str
    signature: str = ""

    @property
    def person(self) -> str:
        """Whose message it is."""
        return self.acts_for or self.operator


@dataclass(frozen=True)
class Message:
    """A message as it is sent. ``message_id`` is an update's ID."""

    kind: Kind
    namespace: str
    workflow_id: str
    name: str
    message_id: str
    payloads: tuple[bytes, ...]
    """Before any encryption."""

    @property
    def header(self) -> str:
        """Name of the header."""
        return f"{HEADER}{self.kind}"

    def signed_bytes(self, signature: Signature) -> bytes:
        """Return what is signed: texts, each behind its length, so that no two messages have the same bytes.

        Few and plain calls: between two messages a processor forgets the code, and that costs more than to run it.
        """
        parts = [VERSION, self.kind, self.namespace, self.workflow_id, self.name, self.message_id]
        parts += [signature.operator, signature.acts_for, signature.channel, signature.via, str(signature.at)]
        parts += [signature.nonce, *[sha256(payload).hexdigest() for payload in self.payloads]]
        return "".join([f"{len(part)}:{part}," for part in parts]).encode(errors="surrogatepass")


def data_of(payloads: Iterable[Payload]) -> tuple[bytes, ...]:
    """Return the bytes of payloads."""
    return tuple(payload.data for payload in payloads)


def new_nonce() -> str:
    """Return a nonce."""
    return os.urandom(NONCE_BYTES).hex()


def to_header(signature: Signature, raw: bytes) -> Payload:
    """Return the header's payload, with the signature itself in it."""
    whole = signature.model_copy(update={"signature": base64.b64encode(raw).decode()})
    return Payload(metadata={"encoding": JSON}, data=whole.model_dump_json(exclude_defaults=True).encode())


def from_header(payload: Payload | None) -> Signature | None:
    """Return the signature of a header; None if there is none that can be read."""
    if payload is None or not payload.data or len(payload.data) > MAX_HEADER:
        return None
    try:
        return Signature.model_validate_json(payload.data)
    except ValidationError:
        return None


@lru_cache(maxsize=1000)
def _loaded(public_key: bytes) -> "Ed25519PublicKey":
    """Return a key to verify with; to load it takes half as long as to use it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(public_key)


def is_right(public_key: bytes, message: Message, signature: Signature) -> bool:
    """Return whether the holder of the key has signed the message."""
    from cryptography.exceptions import InvalidSignature

    try:
        raw = base64.b64decode(signature.signature, validate=True)
        _loaded(public_key).verify(raw, message.signed_bytes(signature))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
