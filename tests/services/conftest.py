"""Local servers for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.slack.server import SlackServer, strict_slack
from tests.support.smtp import FakeMailServer, fake_mail_server
from tests.support.stripe import StripeProxy, localstripe, stripe_proxy
from workers.settings.base import MailSettings


@pytest.fixture
async def mail_server() -> AsyncIterator[FakeMailServer]:
    """Give a mail server."""
    async with fake_mail_server() as server:
        yield server


@pytest.fixture
def mail_settings(mail_server: FakeMailServer) -> MailSettings:
    """Give settings that name the mail server."""
    return MailSettings(
        smtp_host="127.0.0.1", smtp_port=mail_server.port, smtp_starttls=False, mail_from="Shop <shop@example.com>"
    )


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """Give a Slack whose time stands still."""
    async with strict_slack() as server:
        yield server


@pytest.fixture(scope="session")
async def localstripe_url() -> AsyncIterator[str]:
    """Give the address of a localstripe. Tests keep apart by payments of their own."""
    async with localstripe() as url:
        yield url


@pytest.fixture
async def stripe(localstripe_url: str) -> AsyncIterator[StripeProxy]:
    """Give a Stripe that fails on demand."""
    async with stripe_proxy(localstripe_url) as proxy:
        yield proxy
