"""Opening the ports of the systems from settings."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from temporalio.client import Client

from tests.slack.api import BOT_TOKEN
from tests.slack.server import CHANNEL, SlackServer
from tests.support.beside import beside
from tests.support.eventually import eventually
from workers.registry import SYSTEMS
from workers.services.approvals import open_approval_ports
from workers.services.campaigns import open_campaign_ports
from workers.services.orders import open_order_ports
from workers.settings.approvals import ApprovalSettings
from workers.settings.base import MailSettings, WorkerSettings
from workers.settings.campaigns import CampaignSettings
from workers.settings.orders import OrderSettings
from workers.store.engine import Store
from workers.store.migrate import open_store
from workers.store.types import utc_now
from workers.system import fill_sample
from workflows.campaigns.models import Channel
from workflows.campaigns.ports import Message
from workflows.orders.ports import Capture
from workflows.orders.views.models import ReservedLine


async def test_the_ports_of_the_three_systems_work(store: Store) -> None:
    assert await fill_sample(SYSTEMS, store) == "4 SKUs, 7 people, 50 users"
    async with open_order_ports(OrderSettings(fulfilment_seconds_per_step=7), store) as orders:
        await orders.inventory.reserve("r", [ReservedLine(sku="SKU-LAMP", quantity=1)])
        await orders.payments.record_capture(Capture("p", "o", 1, "USD"))
        await orders.mailer.send(message_key="k", to="a@example.com", subject="s", body="b")
        assert orders.policy.seconds_per_step == 7
    async with open_approval_ports(ApprovalSettings(), store) as approvals:
        assert await approvals.directory.members("hr") == ["chen", "emeka"]
        assert (approvals.slack.on, approvals.health) == (False, "off")
    async with open_campaign_ports(CampaignSettings(), store) as campaigns:
        user = (await campaigns.users.users(["USER-002"])).get("USER-002")
        assert user is not None
        message = Message("s", "c", user.user_id, Channel.SMS, user.phone, None, "b", utc_now(), user.fence)
        await campaigns.provider.send(message)


async def test_the_store_is_in_the_data_folder_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% of what? #1 ünï"
    opened = await open_store(WorkerSettings(data_dir=folder).resolved_store_url)
    assert (folder / "store.sqlite").exists()
    await opened.close()


@pytest.mark.parametrize(("token", "health"), [("xoxb-bad", "failing"), (BOT_TOKEN, "on")])
async def test_a_bad_slack_token_shows_without_any_notification(
    store: Store, slack: SlackServer, client: Client, token: str, health: str
) -> None:
    settings = ApprovalSettings(slack_token=SecretStr(token), slack_base_url=slack.base_url, slack_channel=CHANNEL)
    async with open_approval_ports(settings, store) as ports, beside(ports.serve(client)):
        await eventually(lambda: (ports.health, bool(slack.called)), (health, True).__eq__, seconds=10)


async def test_a_silent_slack_delays_neither_start_nor_end(store: Store, slack: SlackServer, client: Client) -> None:
    slack.faults.gate = asyncio.Event()
    settings = ApprovalSettings(slack_token=SecretStr(BOT_TOKEN), slack_base_url=slack.base_url)
    async with asyncio.timeout(5), open_approval_ports(settings, store) as ports, beside(ports.serve(client)):
        assert ports.health == "on"
    slack.faults.gate.set()


@pytest.mark.parametrize("sender", ["nobody", "", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com"])
def test_a_sender_is_one_address(sender: str) -> None:
    with pytest.raises(ValidationError, match="is not one e-mail address; use one like"):
        MailSettings(mail_from=sender)
