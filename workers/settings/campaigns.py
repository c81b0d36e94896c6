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
    soft_bounces: int = Field(
        default=5, ge=0, le=1_000, description="soft bounces of an address that suppress it; 0: they never do"
    )
    soft_bounce_days: int = Field(default=30, ge=1, le=366, description="days within which soft bounces are counted")
