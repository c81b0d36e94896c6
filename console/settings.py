"""Settings of the console: who acts, how it looks, how often it reads."""

from pydantic import Field

from workflows.shared.fields import Identifier
from workflows.shared.settings import Settings


class ConsoleSettings(Settings):
    """What the console needs to know."""

    operator: Identifier | None = Field(
        default=None, description="who acts; default: the login name, with `--demo` the sample person `chen`"
    )
    read_only: bool = Field(default=False, description="look only: no key changes anything")
    refresh_seconds: float = Field(default=1.0, ge=0.2, le=60, description="how often the visible tab is read again")
    page_size: int = Field(default=200, ge=10, le=1000, description="how many rows a tab reads at most at a time")
    ui_url: str | None = Field(
        default=None, description="Web UI of a server that was given, where it cannot be guessed; for the key `o`"
    )
    theme: str = Field(default="tconsole-dark", description="colour theme; `tconsole-light` is the light one")
