"""Settings of the console: who acts, how it looks, how often it reads."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from workflows.runtime.settings import Settings
from workflows.shared.fields import Identifier


def operator_mistake(name: str) -> str | None:
    """Return why a name cannot be an operator's, None if it can."""
    try:
        TypeAdapter(Identifier).validate_python(name)
    except ValidationError:
        return f"{name!r} is not an operator's name; use one line of visible characters, 200 at most"
    return None


class ApiToken(BaseModel):
    """One who may call over HTTP, known by the hash of a token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    operator: Identifier
    systems: tuple[Literal["orders", "payments", "approvals", "campaigns", "users"], ...] | None = None
    """All unless some are named."""
    read_only: bool = False


class ConsoleSettings(Settings):
    """Settings of the console."""

    operator: Identifier | None = Field(
        default=None, description="who acts; default: the login name, with `--demo` the sample person `chen`"
    )
    read_only: bool = Field(default=False, description="look only: no key changes anything")
    refresh_seconds: float = Field(default=1.0, ge=0.2, le=60, description="how often the visible tab is read again")
    page_size: int = Field(default=200, ge=10, le=1000, description="how many rows a tab reads at most at a time")
    ui_url: str | None = Field(
        default=None, description="Web UI of a server that was given, where it cannot be guessed; for the key `o`"
    )
    theme: Literal["tconsole-dark", "tconsole-light", "tconsole-high-contrast", "tconsole-colour-blind"] = Field(
        default="tconsole-dark",
        description="colour theme: `tconsole-dark`, `tconsole-light`, `tconsole-high-contrast`, or"
        " `tconsole-colour-blind` for people who see red and green alike",
    )

    api_tokens: list[ApiToken] = Field(
        default=[],
        description="who may call `tconsole api`; `tconsole api token NAME` says what to write, here as JSON",
    )

    keys: Annotated[Mapping[str, str], NoDecode] = Field(
        default={},
        description='keys of one\'s own, as `inbox=I approve=A`; in the file as a table: `keys = { inbox = "I" }`',
    )

    @field_validator("keys", mode="before")
    @classmethod
    def _are_pairs(cls, keys: object) -> object:
        if not isinstance(keys, str):
            return keys
        pairs = [pair.partition("=") for pair in keys.split()]
        for name, sign, key in pairs:
            if not (name and sign and key):
                wrong = {"mistake": f"{name + sign!r} is not NAME=KEY; write pairs as inbox=I approve=A"}
                raise PydanticCustomError("keys", "{mistake}", wrong)
        return {name: key for name, _, key in pairs}

    @field_validator("operator", mode="before")
    @classmethod
    def _is_a_name(cls, operator: object) -> object:
        mistake = operator_mistake(operator) if isinstance(operator, str) else None
        if mistake:
            raise PydanticCustomError("operator", "{mistake}", {"mistake": mistake})
        return operator
