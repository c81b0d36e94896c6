"""The operators file: who may sign messages, with which key, and what they may do."""

import base64
import binascii
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from workflows.shared.fields import Currency, Identifier, wrong_field
from workflows.shared.identity.mode import Channel
from workflows.shared.identity.permissions import Permission
from workflows.shared.money import decimals, format_money
from workflows.shared.nearest import did_you_mean
from workflows.shared.toml_problems import Problem, model_problems, syntax_problem

MAX_BYTES = 1_000_000
KEY_BYTES = 32


class OperatorsError(Exception):
    """The operators file cannot be used. The text has a line ``FILE:LINE: words`` for each mistake."""

    def __init__(self, file: Path | str, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{file}:{problem.line}: {problem.words}" for problem in sorted(problems)))


def _is_key(text: str) -> str:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("it is no Ed25519 public key in base64; `tconsole operators add NAME` writes one")
    return text


class Table(BaseModel):
    """A table of the file. It has no other keys than its fields: a misspelt key must not be overlooked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(Table):
    """What those may do who have it. ``refund_up_to``: without it any amount, with it these amounts at most."""

    name: Identifier
    may: list[Permission] = Field(min_length=1)
    refund_up_to: dict[Currency, Decimal] | None = None

    @model_validator(mode="after")
    def _has_amounts(self) -> "Role":
        for currency, amount in (self.refund_up_to or {}).items():
            if not amount.is_finite() or amount < 0 or amount != round(amount, decimals(currency)):
                words = f'{currency}: {amount} is no amount; use one like "500.00"'
                raise wrong_field(self, "refund_up_to", words, currency)
        return self

    def refund_limit(self, currency: str) -> int | None:
        """Return how much may be refunded at most, in minor units; None: any amount."""
        if self.refund_up_to is None:
            return None
        return int(self.refund_up_to.get(currency, Decimal()).scaleb(decimals(currency)))


class Operator(Table):
    """Somebody, or a process. Without a key they act through a key that acts for others: over HTTP, or in Slack."""

    name: Identifier
    public_key: Annotated[str, AfterValidator(_is_key)] | None = None
    roles: list[Identifier] = []
    acts_for: list[Channel] = []
    added_at: AwareDatetime | None = None
    removed_at: AwareDatetime | None = None

    @property
    def key(self) -> bytes:
        """The public key."""
        return base64.b64decode(self.public_key or "")

    def is_valid(self, now: datetime) -> bool:
        """Return whether this entry counts at that time."""
        return self.removed_at is None or now < self.removed_at


class OperatorsFile(Table):
    """The whole file. ``default_roles`` are those of people who have no entry, and act through another's key."""

    default_roles: list[Identifier] = []
    role: list[Role] = []
    operator: list[Operator] = []

    @model_validator(mode="after")
    def _fits_together(self) -> "OperatorsFile":
        names = [role.name for role in self.role]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise wrong_field(self, "role", f"{name} is there twice", number, "name")
        known = [*names, *(permission for permission in Permission if permission not in names)]
        for number, operator in enumerate(self.operator):
            for place, name in enumerate(operator.roles):
                if name not in known:
                    words = f"there is no role {name}{did_you_mean(name, known)}"
                    raise wrong_field(self, "operator", words, number, "roles", place)
            if operator.removed_at is None and any(
                each.name == operator.name and each.removed_at is None for each in self.operator[:number]
            ):
                raise wrong_field(self, "operator", f"{operator.name} is there twice", number, "name")
        for place, name in enumerate(self.default_roles):
            if name not in known:
                words = f"there is no role {name}{did_you_mean(name, known)}"
                raise wrong_field(self, "default_roles", words, place)
        return self


@dataclass(frozen=True)
class Operators:
    """What the file says, to be asked."""

    file: OperatorsFile = field(default_factory=OperatorsFile)

    @cached_property
    def _roles(self) -> Mapping[str, Role]:
        built_in = {str(each): Role(name=each, may=[each]) for each in Permission}
        return built_in | {role.name: role for role in self.file.role}

    @cached_property
    def _entries(self) -> Mapping[str, Operator]:
        """The latest entry of each name."""
        return {operator.name: operator for operator in self.file.operator}

    def entry(self, name: str) -> Operator | None:
        """Return the latest entry of a name."""
        return self._entries.get(name)

    def roles_of(self, name: str) -> list[Role]:
        """Return the roles of an operator, or of somebody who has no entry."""
        entry = self.entry(name)
        return [self._roles[role] for role in (self.file.default_roles if entry is None else entry.roles)]

    def may(self, name: str, permission: Permission) -> bool:
        """Return whether one of somebody's roles has a permission."""
        return any(permission in role.may for role in self.roles_of(name))

    def refund_limit(self, name: str, currency: str) -> int | None:
        """Return how much somebody may refund at most, in minor units; None: any amount."""
        limits = [role.refund_limit(currency) for role in self.roles_of(name) if Permission.REFUND in role.may]
        return None if None in limits else max((each for each in limits if each is not None), default=0)

    def roles_with(self, permission: Permission, amount: int | None = None, currency: str = "") -> list[str]:
        """Return the roles that have a permission, and may refund more than an amount if one is given.

        Those that nobody has are left out, as long as somebody has one.
        """
        found = []
        for role in self._roles.values():
            limit = role.refund_limit(currency) if amount is not None else None
            if permission in role.may and (amount is None or limit is None or limit > amount):
                found.append(role.name)
        given = {name for operator in self.file.operator if operator.removed_at is None for name in operator.roles}
        return [name for name in found if name in given] or found

    def why_not_refund(self, name: str, amount: int, currency: str) -> str | None:
        """Return why somebody may not refund that much, or None if they may."""
        limit = self.refund_limit(name, currency)
        if limit is None or amount <= limit:
            return None
        roles = " or ".join(self.roles_with(Permission.REFUND, limit, currency))
        needs = f"need the role {roles}" if roles else "are for nobody"
        return f"refunds above {format_money(limit, currency)} {needs}"


def read_operators(file: Path) -> Operators:
    """Return what a file says. Raises `OperatorsError`."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise OperatorsError(file, [Problem(1, f"the file has more than {MAX_BYTES:,} bytes")])
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        words = "there is no such file" if isinstance(error, FileNotFoundError) else f"{error.strerror or error}"
        raise OperatorsError(file, [Problem(1, f"it cannot be read: {words}")]) from None
    except UnicodeDecodeError:
        raise OperatorsError(file, [Problem(1, "it is not in UTF-8; save it as UTF-8")]) from None
    return parse_operators(text, str(file))


def parse_operators(text: str, name: str) -> Operators:
    """Return what the text of a file says; ``name`` is that of the file. Raises `OperatorsError`."""
    text = text.replace("\r\n", "\n")
    try:
        tables = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise OperatorsError(name, [syntax_problem(str(error), text)]) from None
    except RecursionError:
        raise OperatorsError(name, [Problem(1, "it is nested too deep")]) from None
    try:
        return Operators(OperatorsFile.model_validate(tables))
    except ValidationError as error:
        raise OperatorsError(name, model_problems(error, text, OperatorsFile)) from None
