"""How services outside are looked at: what they say, and that nothing is sent."""

from pydantic import SecretStr

from tests.slack.api import APP_TOKEN, BOT_TOKEN
from tests.slack.server import strict_slack
from tests.support.smtp import PASSWORD, USER, fake_mail_server
from tests.support.stripe import API_KEY, Reply, localstripe, stripe_proxy
from workers.doctor.services import check_mail, check_payments, check_slack
from workers.services.unsubscribe.links import Subscription, UnsubscribeLinks, new_key
from workers.services.unsubscribe.listener import listening
from workers.settings.approvals import ApprovalSettings
from workers.settings.campaigns import CampaignSettings
from workers.settings.orders import OrderSettings


async def test_a_mail_server_is_asked_for_a_login_and_gets_no_email() -> None:
    async with fake_mail_server() as server:
        settings = CampaignSettings(
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            smtp_starttls=False,
            smtp_username=USER,
            smtp_password=SecretStr(PASSWORD),
        )
        assert (await check_mail(settings)).state == "fine"
        refused = await check_mail(settings.model_copy(update={"smtp_password": SecretStr("wrong")}))
        assert (refused.state, refused.words) == ("wrong", f"127.0.0.1:{server.port} refuses the login (535)")
        assert "TCONSOLE_SMTP_PASSWORD" in refused.remedy
        no_tls = await check_mail(settings.model_copy(update={"smtp_starttls": True}))
        assert no_tls.state == "wrong"
        assert not server.accepted


async def test_the_mail_check_says_whether_links_to_unsubscribe_lead_to_the_page() -> None:
    async def never(_: Subscription) -> None:
        raise AssertionError

    links = UnsubscribeLinks("", new_key(), days=1)
    async with fake_mail_server() as server, listening(links, never, "127.0.0.1", 0) as port:
        settings = CampaignSettings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=False)
        without = await check_mail(settings)
        assert (without.state, "TCONSOLE_UNSUBSCRIBE_URL" in without.remedy) == ("fine", True)
        url = f"http://127.0.0.1:{port}/unsubscribe"
        found = await check_mail(settings.model_copy(update={"unsubscribe_url": url}))
        assert (found.state, found.words.endswith(f"one-click unsubscribing at {url}")) == ("fine", True)
        away = await check_mail(settings.model_copy(update={"unsubscribe_url": f"http://127.0.0.1:{server.port}/"}))
        assert (away.state, "TCONSOLE_UNSUBSCRIBE_LISTEN" in away.remedy) == ("wrong", True)


async def test_slack_is_asked_whose_token_it_is() -> None:
    async with strict_slack() as slack:
        settings = ApprovalSettings(slack_token=SecretStr(BOT_TOKEN), slack_base_url=slack.base_url)
        shown_only = await check_slack(settings)
        assert (shown_only.state, "TCONSOLE_SLACK_APP_TOKEN" in shown_only.remedy) == ("fine", True)
        whole = await check_slack(settings.model_copy(update={"slack_app_token": SecretStr(APP_TOKEN)}))
        assert (whole.state, whole.remedy) == ("fine", "")
        refused = await check_slack(settings.model_copy(update={"slack_token": SecretStr("xoxb-bad")}))
        assert (refused.state, refused.words) == ("wrong", "Slack refused auth.test: invalid_auth")


async def test_stripe_proves_the_key_by_a_payment_that_it_does_not_have() -> None:
    async with localstripe() as url, stripe_proxy(url) as stripe:
        settings = OrderSettings(stripe_api_key=SecretStr(API_KEY), stripe_base_url=stripe.base_url)
        assert (await check_payments(settings)).state == "fine"
        words = f"Invalid API Key provided: {API_KEY}"
        stripe.refusals.append(Reply(401, {"error": {"type": "invalid_request_error", "message": words}}))
        refused = await check_payments(settings)
        assert (refused.state, refused.words) == ("wrong", "127.0.0.1 refuses the key")
        assert API_KEY not in refused.remedy
