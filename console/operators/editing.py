"""Changes the operators file as text, so that what people wrote in it stays, and makes and removes keys."""

import base64
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from filelock import FileLock

from console.private_file import write_private
from workflows.runtime.signing import key_file
from workflows.shared.identity.operators import Operator, Operators, parse_operators
from workflows.shared.json_text import json_text
from workflows.shared.toml_lines import Lines

READABLE = 0o644
"""Of a new operators file: it holds no secret."""
LOCK_SECONDS = 10


class NotChangedError(Exception):
    """Nothing was changed. The text says why, in one line."""


@dataclass(frozen=True)
class NewOperator:
    """What is to be added. ``public_key``: of a key that was made elsewhere."""

    name: str
    roles: Sequence[str]
    acts_for: Sequence[str] = ()
    public_key: str | None = None
    without_key: bool = False


def add(file: Path, data_dir: Path, new: NewOperator, now: datetime) -> Operator:
    """Add an operator to the file, and make a key pair if none is given; return the entry.

    Raises:
        NotChangedError: there is one of that name, or a key of it here.
        OperatorsError: the file is wrong, or would be.
        OSError: a file cannot be written.
    """
    private = key_file(data_dir, new.name)
    makes_key = new.public_key is None and not new.without_key
    if makes_key and private.exists():
        raise NotChangedError(f"there is a key of {new.name} already: {private}; remove {new.name}, or move it away")
    key = Ed25519PrivateKey.generate() if makes_key else None
    public = new.public_key or (_public(key) if key else None)

    def edited(text: str, operators: Operators) -> str:
        known = operators.entry(new.name)
        if known is not None and known.removed_at is None:
            raise NotChangedError(f"{new.name} is an operator already; remove {new.name} first for a new key")
        lines = ["[[operator]]", f"name = {json_text(new.name)}"]
        lines += [f"public_key = {json_text(public)}"] if public else []
        lines += [f"roles = {json_text(list(new.roles))}"]
        lines += [f"acts_for = {json_text(list(new.acts_for))}"] if new.acts_for else []
        lines += [f"added_at = {_toml_time(now)}"]
        gap = "\n" if text and not text.endswith("\n\n") else ""
        return f"{text}{gap}" + "\n".join(lines) + "\n"

    if key is not None:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(private, pem.decode())
    try:
        operators = _edit(file, edited)
    except BaseException:
        if key is not None:
            with suppress(OSError):
                private.unlink()
        raise
    entry = operators.entry(new.name)
    assert entry is not None  # noqa: S101 - it was added
    return entry


def remove(file: Path, data_dir: Path, name: str, now: datetime) -> bool:
    """Note that an operator is none any more, and remove the key that is here; return whether there was one.

    The entry stays: what they signed before stands.

    Raises:
        NotChangedError: there is no such operator.
        OperatorsError: the file is wrong.
        OSError: a file cannot be written.
    """

    def edited(text: str, operators: Operators) -> str:
        numbers = [
            number
            for number, operator in enumerate(operators.file.operator)
            if operator.name == name and operator.removed_at is None
        ]
        if not numbers:
            raise NotChangedError(f"there is no operator {name} in {file}")
        line = Lines(text).line(("operator", numbers[0]))
        lines = text.split("\n")
        return "\n".join([*lines[:line], f"removed_at = {_toml_time(now)}", *lines[line:]])

    _edit(file, edited)
    private = key_file(data_dir, name)
    there_was_one = private.exists()
    private.unlink(missing_ok=True)
    return there_was_one


def _edit(file: Path, edited: Callable[[str, Operators], str]) -> Operators:
    """Change the file whole or not at all, one process after the other."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(f"{file}.lock", timeout=LOCK_SECONDS):
        text = file.read_text(encoding="utf-8-sig").replace("\r\n", "\n") if file.exists() else ""
        after = edited(text, parse_operators(text, str(file)))
        operators = parse_operators(after, str(file))
        mode = file.stat().st_mode & 0o777 if file.exists() else READABLE
        new = file.with_name(f"{file.name}.new")
        try:
            new.write_text(after, encoding="utf-8")
            new.chmod(mode)
            with new.open("rb") as written:
                os.fsync(written.fileno())
            new.replace(file)
        except OSError:
            with suppress(OSError):
                new.unlink()
            raise
    return operators


def _public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _toml_time(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
