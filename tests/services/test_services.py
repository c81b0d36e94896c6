"""Opening all services from settings."""

import asyncio
from functools import partial
from operator import eq
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from tests.support.eventually import eventually
from tests.support.slack import CHANNEL, TOKEN, FakeSlack
from workers.services import open_services
from workers.settings import ServiceSettings
from workers.store.errors import StoreError
from workers.store.sample import fill_sample
from workflows.approvals.ports import Notification
from workflows.campaigns.models import Channel
from workflows.campaigns.ports import Message
from workflows.orders.models import ReservedLine


async def test_the_ports_of_the_three_systems_work(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "data", fulfilment_seconds_per_step=7)
    async with open_services(settings) as services:
        await fill_sample(services.store)
        await services.orders.inventory.reserve("r", [ReservedLine(sku="SKU-LAMP", quantity=1)])
        await services.orders.payments.record_capture(payment_id="p", order_id="o", amount=1, currency="USD")
        await services.orders.mailer.send(message_key="k", to="a@example.com", subject="s", body="b")
        assert services.orders.policy.seconds_per_step == 7
        assert await services.approvals.directory.members("hr") == ["chen", "emeka"]
        assert await services.approvals.notifier.notify(Notification("k", "REQ", "t", "x")) == "off"
        user = await services.campaigns.users.user("USER-002")
        assert user is not None
        message = Message("s", "c", user.user_id, Channel.SMS, user.phone, None, "b")
        await services.campaigns.provider.send(message)
        assert services.slack == "off"
        assert services.store.masked_url == f"sqlite:///{tmp_path / 'data' / 'store.sqlite'}"


async def test_the_store_is_in_the_data_folder_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% of what? #1 ünï"
    async with open_services(ServiceSettings(data_dir=folder)):
        assert (folder / "store.sqlite").exists()


async def test_a_bad_slack_token_shows_without_any_notification(tmp_path: Path, slack: FakeSlack) -> None:
    for token, health in (("xoxb-bad", "failing"), (TOKEN, "on")):
        settings = ServiceSettings(
            data_dir=tmp_path, slack_token=SecretStr(token), slack_base_url=slack.base_url, slack_channel=CHANNEL
        )
        async with open_services(settings) as services:
            await eventually(lambda: (len(slack.calls), services.slack), partial(eq, (1, health)), seconds=10)
        slack.calls.clear()


async def test_a_silent_slack_delays_neither_start_nor_end(tmp_path: Path, slack: FakeSlack) -> None:
    slack.gate = asyncio.Event()
    settings = ServiceSettings(data_dir=tmp_path, slack_token=SecretStr(TOKEN), slack_base_url=slack.base_url)
    async with asyncio.timeout(5), open_services(settings) as services:
        assert services.slack == "on"
    slack.gate.set()


async def test_a_store_that_cannot_be_used(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path, store_url="postgresql://u:hunter2@127.0.0.1:1/x?connect_timeout=2")
    with pytest.raises(
        StoreError, match=r"the store postgresql://u:\*\*\*@127\.0\.0\.1:1/x.* cannot be used"
    ) as failed:
        async with open_services(settings):
            pass
    assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize("sender", ["nobody", "", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com"])
def test_a_sender_is_one_address(sender: str) -> None:
    with pytest.raises(ValidationError, match="is not one e-mail address; use one like"):
        ServiceSettings(mail_from=sender)
