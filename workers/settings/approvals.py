"""Settings of the approvals system."""

from pathlib import Path

from pydantic import Field, SecretStr

from workers.settings.base import WorkerSettings


class ApprovalSettings(WorkerSettings):
    """The approval policy, and where approvers are notified."""

    approval_policy: Path | None = Field(
        default=None,
        description="TOML file of the approval policy, read at each request's start; default: the sample policy",
    )

    slack_token: SecretStr | None = Field(default=None, description="bot token (`xoxb-…`); without one Slack is off")
    slack_app_token: SecretStr | None = Field(
        default=None,
        description="app-level token (`xapp-…`) for Socket Mode; without one Slack shows requests and decides none",
    )
    slack_channel: str = Field(
        default="#approvals", description="channel for approvals, as `#name` or ID; the app must be in it"
    )
    slack_base_url: str = Field(
        default="https://slack.com/api/", description="address of Slack's Web API, for a proxy or a test server"
    )
