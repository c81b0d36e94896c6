"""Settings of the campaigns."""

from pydantic import Field, field_validator

from workers.settings.base import MailSettings
from workers.settings.listen import ListenAddress, listen_address, public_url


class CampaignSettings(MailSettings):
    """The mail server, what is done about bounces, unsubscribing, and how much memory the users' actors may take."""

    cached_actors: int = Field(
        default=1_000,
        ge=10,
        description="user actors that a worker keeps in memory, about 110 kB each; others are replayed for each send",
    )
    soft_bounces: int = Field(
        default=5, ge=0, le=1_000, description="soft bounces of an address that suppress it; 0: they never do"
    )
    soft_bounce_days: int = Field(default=30, ge=1, le=366, description="days within which soft bounces are counted")
    unsubscribe_url: str | None = Field(
        default=None,
        max_length=300,
        description="public `https` address of links to unsubscribe; without one there are none, nor one-click headers",
    )
    unsubscribe_listen: str | None = Field(
        default=None,
        description="where these links are answered, as `HOST:PORT`, or `PORT` of this machine alone; default: nowhere",
    )
    unsubscribe_days: int = Field(default=1_095, ge=60, le=36_500, description="how long a link to unsubscribe holds")

    @field_validator("unsubscribe_url")
    @classmethod
    def _is_public(cls, url: str | None) -> str | None:
        return None if url is None else public_url(url)

    @field_validator("unsubscribe_listen")
    @classmethod
    def _is_an_address(cls, text: str | None) -> str | None:
        if text is not None:
            listen_address(text)
        return text

    @property
    def unsubscribe_address(self) -> ListenAddress | None:
        """Where links to unsubscribe are answered."""
        return None if self.unsubscribe_listen is None else listen_address(self.unsubscribe_listen)
