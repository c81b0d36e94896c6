"""Settings of the campaigns."""

from pydantic import Field

from workers.settings.base import MailSettings


class CampaignSettings(MailSettings):
    """The mail server, and how much memory the users' actors may take."""

    cached_actors: int = Field(
        default=1_000,
        ge=10,
        description="user actors that a worker keeps in memory, about 110 kB each; others are replayed for each send",
    )
