"""Operators with keys, for tests of signed messages."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio.client import Client

from workflows.runtime.signing import SIGNER, WORKERS, Signer, SigningInterceptor
from workflows.shared.identity.current import IDENTITY
from workflows.shared.identity.operators import Operators, parse_operators

ROLES: Mapping[str, str] = {
    "ana": '["see", "create", "decide", "cancel", "pay"]',
    "ben": '["see", "create", "decide"]',
    "rita": '["see", "create", "small refunds"]',
    "fin": '["see", "create", "finance"]',
    WORKERS: '["service", "send"]\nacts_for = ["slack", "customer"]',
}
KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.ljust(32).encode()) for name in (*ROLES, "mallory")}
"""The same in each run."""


def operators(more: str = "", roles: Mapping[str, str] = ROLES) -> Operators:
    """Return operators with these roles and the keys above, and what else the file says."""
    tables = [
        f'[[operator]]\nname = "{name}"\npublic_key = "{public(name)}"\nroles = {given}'
        for name, given in roles.items()
    ]
    levels = """
[[role]]
name = "small refunds"
may = ["refund"]
refund_up_to = { USD = "50.00" }
[[role]]
name = "finance"
may = ["refund"]
"""
    return parse_operators("\n".join([levels, *tables, more]), "operators.toml")


def public(name: str) -> str:
    """Return the public key of somebody."""
    return base64.b64encode(KEYS[name].public_key().public_bytes_raw()).decode()


def signer(name: str) -> Signer:
    """Return who signs as somebody."""
    made = Signer()
    made.hold(name, KEYS[name])
    made.use(name)
    return made


def signing(client: Client, name: str) -> Client:
    """Return a client that signs as somebody."""
    config = client.config()
    config["interceptors"] = [SigningInterceptor(client.namespace, signer(name))]
    return Client(**config)


@contextmanager
def signed(known: Operators | None = None) -> Iterator[None]:
    """Ask for signatures within the block; the workers sign as themselves."""
    before = SIGNER.given_name
    SIGNER.hold(WORKERS, KEYS[WORKERS])
    SIGNER.use(WORKERS)
    IDENTITY.use_operators("signed", known or operators())
    try:
        yield
    finally:
        IDENTITY.use_operators("open", Operators())
        SIGNER.use(before)
