"""Looks at the services outside: each is asked once, with what it needs anyway, and nothing is sent or changed."""

from urllib.parse import urlsplit

import aiosmtplib
from temporalio.exceptions import ApplicationError

from workers.doctor.result import MAIL, PAYMENTS, SLACK, Result, one_line
from workers.doctor.unsubscribing import with_one_click
from workers.services.smtp import smtp_transport
from workers.settings.approvals import ApprovalSettings
from workers.settings.campaigns import CampaignSettings
from workers.settings.orders import OrderSettings

UNKNOWN_PAYMENT = "pi_tconsole_doctor"
"""Looked up at Stripe, which has no such payment: that it says so proves the key."""


async def check_mail(settings: CampaignSettings) -> Result:
    """Connect to the mail server, and log in; look where links to unsubscribe lead."""
    smtp = smtp_transport(settings)
    if smtp is None:
        return Result(MAIL, "off", "e-mails stay in the store's outbox", "TCONSOLE_SMTP_HOST turns it on")
    where = f"{one_line(settings.smtp_host)}:{settings.smtp_port}"
    try:
        await smtp.check()
    except aiosmtplib.SMTPAuthenticationError as error:
        remedy = "correct TCONSOLE_SMTP_USERNAME and TCONSOLE_SMTP_PASSWORD"
        return Result(MAIL, "wrong", f"{where} refuses the login ({error.code})", remedy)
    except aiosmtplib.SMTPResponseException as error:
        remedy = "look at the mail server's log, or correct TCONSOLE_SMTP_HOST"
        return Result(MAIL, "wrong", f"{where} refuses the connection ({error.code})", remedy)
    except (aiosmtplib.SMTPException, OSError) as error:
        remedy = "correct TCONSOLE_SMTP_HOST, TCONSOLE_SMTP_PORT or TCONSOLE_SMTP_STARTTLS"
        return Result(MAIL, "wrong", f"{where} cannot be used ({one_line(error) or type(error).__name__})", remedy)
    return await with_one_click(Result(MAIL, "fine", f"{where} takes e-mails"), settings)


async def check_slack(settings: ApprovalSettings) -> Result:
    """Ask Slack whose token it is."""
    token = settings.slack_token.get_secret_value() if settings.slack_token else ""
    if not token:
        return Result(SLACK, "off", "approvers are not told there", "TCONSOLE_SLACK_TOKEN turns it on")
    from workers.services.slack.calls import (
        SlackBusyError,
        SlackCalls,
        SlackDownError,
        SlackRefusedError,
        slack_client,
    )

    try:
        async with slack_client(token, settings.slack_base_url) as web:
            await SlackCalls(web).team()
    except SlackBusyError as error:
        return Result(SLACK, "fine", one_line(error))
    except (SlackRefusedError, SlackDownError) as error:
        return Result(SLACK, "wrong", one_line(error), "correct TCONSOLE_SLACK_TOKEN, or see that Slack can be reached")
    if settings.slack_app_token is None:
        words = "it takes the token; requests are shown there, and none decided"
        return Result(SLACK, "fine", words, "TCONSOLE_SLACK_APP_TOKEN turns deciding on")
    return Result(SLACK, "fine", "it takes the token")


async def check_payments(settings: OrderSettings) -> Result:
    """Look a payment up at Stripe that it does not have."""
    key = settings.stripe_api_key.get_secret_value() if settings.stripe_api_key else ""
    if not key:
        words = "payments are on the store's ledger only"
        return Result(PAYMENTS, "off", words, "TCONSOLE_STRIPE_API_KEY turns Stripe on")
    from workers.services.stripe_calls import stripe_calls
    from workers.services.stripe_errors import UNREACHABLE

    where = one_line(urlsplit(settings.stripe_base_url).hostname or "Stripe")
    try:
        async with stripe_calls(key, settings.stripe_base_url) as stripe:
            await stripe.find_payment(UNKNOWN_PAYMENT)
    except ApplicationError as error:
        if error.type == UNREACHABLE:  # not its words: a refusal repeats part of the key
            remedy = "see that it can be reached, or correct TCONSOLE_STRIPE_BASE_URL"
            return Result(PAYMENTS, "wrong", f"no answer from {where}", remedy)
        remedy = "correct TCONSOLE_STRIPE_API_KEY, which must be allowed to read payments"
        return Result(PAYMENTS, "wrong", f"{where} refuses the key", remedy)
    return Result(PAYMENTS, "fine", f"{where} takes the key")
