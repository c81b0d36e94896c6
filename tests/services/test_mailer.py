"""E-mails to customers, through a real SMTP conversation."""

import asyncio

import aiosmtplib
import pytest
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError

from tests.support.smtp import PASSWORD, USER, FakeMailServer, fake_mail_server
from workers.services.mailer import StoreMailer
from workers.services.smtp import smtp_transport
from workers.settings.base import MailSettings
from workers.store.engine import Store
from workers.store.outbox import email_outbox


@pytest.fixture
def mailer(store: Store, mail_settings: MailSettings) -> StoreMailer:
    """Give a mailer with a mail server."""
    return StoreMailer(email_outbox(store), smtp_transport(mail_settings))


async def send(mailer: StoreMailer, key: str = "k", to: str = "ada@example.com", subject: str = "Thanks") -> None:
    await mailer.send(message_key=key, to=to, subject=subject, body="Your order is on its way.\n.\nBye")


async def test_an_e_mail_goes_out_once(mailer: StoreMailer, mail_server: FakeMailServer) -> None:
    await send(mailer)
    await send(mailer)
    [message] = mail_server.messages
    assert (message["From"], message["To"], message["Subject"]) == (
        "Shop <shop@example.com>",
        "ada@example.com",
        "Thanks",
    )
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Your order is on its way.", ".", "Bye"]
    assert message["Message-ID"].endswith("@example.com>")
    assert mail_server.accepted[0].rcpt_tos == ["ada@example.com"]


async def test_many_attempts_at_once_send_one(mailer: StoreMailer, mail_server: FakeMailServer) -> None:
    mail_server.gate = asyncio.Event()
    first = asyncio.create_task(send(mailer))
    await mail_server.arrived.wait()
    for _ in range(3):
        with pytest.raises(ApplicationError, match="k is being sent by another attempt") as busy:
            await send(mailer)
        assert busy.value.next_retry_delay is not None
        assert not busy.value.non_retryable
    mail_server.gate.set()
    await first
    await send(mailer)
    assert len(mail_server.accepted) == 1


async def test_without_a_mail_server_it_is_kept_and_goes_out_when_the_step_is_repeated_with_one(
    store: Store, mailer: StoreMailer, mail_server: FakeMailServer
) -> None:
    outbox = email_outbox(store)
    await send(StoreMailer(outbox, None))
    row = await outbox.find("k")
    assert row is not None
    assert (row["recipient"], row["subject"], row["sent_at"]) == ("ada@example.com", "Thanks", None)
    await send(mailer)
    assert len(mail_server.accepted) == 1


@pytest.mark.parametrize(
    "subject",
    [
        "Hi\r\nBcc: eve@example.com",
        "Hi\nBcc: eve@example.com",
        "Hi\r\n\r\nbody",
        "Hi\x0bBcc: x\x85Bcc: y\u2028Bcc: z\0",
    ],
)
async def test_a_subject_stays_one_header(mailer: StoreMailer, mail_server: FakeMailServer, subject: str) -> None:
    await send(mailer, subject=subject)
    [message] = mail_server.messages
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", *transfer(message.keys())]
    )
    assert message["Subject"].startswith("Hi ")
    assert mail_server.accepted[0].rcpt_tos == ["ada@example.com"]
    assert message.get_content().startswith("Your order")


def transfer(names: list[str]) -> list[str]:
    return [name for name in names if name in {"Content-Transfer-Encoding", "MIME-Version", "X-Peer"}]


@pytest.mark.parametrize(
    "to", ["a@example.com, eve@example.com", "a@example.com\r\nBcc: eve@example.com", "<a@example.com>", "nobody", ""]
)
async def test_a_recipient_is_one_address(mailer: StoreMailer, mail_server: FakeMailServer, to: str) -> None:
    for _ in range(2):
        with pytest.raises(ApplicationError, match="is not an e-mail address") as refused:
            await send(mailer, to=to)
        assert (refused.value.type, refused.value.non_retryable) == ("Undeliverable", True)
    assert mail_server.accepted == []


@pytest.mark.parametrize("to", ["try..this.@docomo.ne.jp", ".dot@docomo.ne.jp", '"try..this."@docomo.ne.jp'])
async def test_an_address_with_odd_dots_is_quoted(mailer: StoreMailer, mail_server: FakeMailServer, to: str) -> None:
    await send(mailer, to=to)
    [envelope] = mail_server.accepted
    local, _, domain = to.rpartition("@")
    quoted = to if local.startswith('"') else f'"{local}"@{domain}'
    assert mail_server.recipients == [f"TO:<{quoted}>"]
    assert envelope.rcpt_tos == [to.replace('"', "")]
    assert isinstance(envelope.content, bytes)
    assert f"\r\nTo: {quoted}\r\n".encode() in envelope.content


async def test_text_in_any_script_and_of_any_length_arrives(mailer: StoreMailer, mail_server: FakeMailServer) -> None:
    body = "Grüße, 你好\n" + "x" * 5000 + "\r\n.\r\nMAIL FROM:<eve@example.com>\n\x1b[31mred"
    await mailer.send(message_key="k", to="ada@example.com", subject="Grüße 🚚 " + "lang " * 60, body=body)
    [message] = mail_server.messages
    assert message.get_content().splitlines() == [*body.replace("\x1b", "").splitlines()]
    assert message["Subject"] == ("Grüße 🚚 " + "lang " * 60).strip()


async def test_a_server_that_refuses_for_now_is_tried_again(mailer: StoreMailer, mail_server: FakeMailServer) -> None:
    mail_server.refuse_recipient = ["450 greylisted"]
    mail_server.refuse_data = ["451 disk full"]
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(mailer)
    with pytest.raises(aiosmtplib.SMTPDataError):
        await send(mailer)
    await send(mailer)
    assert len(mail_server.accepted) == 1


@pytest.mark.parametrize("fault", ["refuse_recipient", "refuse_data"])
async def test_a_server_that_refuses_for_good_is_asked_once(
    mailer: StoreMailer, mail_server: FakeMailServer, fault: str
) -> None:
    setattr(mail_server, fault, ["550 no such user"])
    for _ in range(2):
        with pytest.raises(ApplicationError, match="550 no such user") as refused:
            await send(mailer)
        assert refused.value.non_retryable
    assert mail_server.accepted == []


async def test_a_lost_answer_means_a_second_copy_with_the_same_id(
    mailer: StoreMailer, mail_server: FakeMailServer
) -> None:
    mail_server.hang_up_after_data = 1
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mailer)
    await send(mailer)
    await send(mailer)
    first, second = mail_server.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


async def test_a_cancelled_attempt_gives_its_claim_back(mailer: StoreMailer, mail_server: FakeMailServer) -> None:
    mail_server.gate = asyncio.Event()
    attempt = asyncio.create_task(send(mailer))
    await mail_server.arrived.wait()
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    mail_server.gate.set()
    await send(mailer)
    assert len(mail_server.accepted) == 2


async def test_nothing_answers(store: Store, unused_tcp_port: int) -> None:
    settings = MailSettings(smtp_host="127.0.0.1", smtp_port=unused_tcp_port, smtp_starttls=False)
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(StoreMailer(email_outbox(store), smtp_transport(settings)))


async def test_a_password_never_goes_out_in_the_clear_when_encryption_is_asked_for(
    store: Store, mail_server: FakeMailServer
) -> None:
    settings = MailSettings(
        smtp_host="127.0.0.1", smtp_port=mail_server.port, smtp_username=USER, smtp_password=SecretStr(PASSWORD)
    )
    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
        await send(StoreMailer(email_outbox(store), smtp_transport(settings)))
    assert (mail_server.logins, mail_server.accepted) == ([], [])


async def test_login(store: Store, mail_server: FakeMailServer, mail_settings: MailSettings) -> None:
    for password, accepted in (("wrong", 0), (PASSWORD, 1)):
        settings = mail_settings.model_copy(update={"smtp_username": USER, "smtp_password": SecretStr(password)})
        mailer = StoreMailer(email_outbox(store), smtp_transport(settings))
        if accepted:
            await send(mailer)
        else:
            with pytest.raises(aiosmtplib.SMTPAuthenticationError):
                await send(mailer)
        assert len(mail_server.accepted) == accepted


async def test_addresses_in_other_scripts(store: Store, mail_settings: MailSettings) -> None:
    async with fake_mail_server(smtputf8=True) as modern:
        settings = mail_settings.model_copy(update={"smtp_port": modern.port})
        await send(StoreMailer(email_outbox(store), smtp_transport(settings)), to="jürgen@bücher.example")
        [envelope] = modern.accepted
        assert envelope.rcpt_tos[0].startswith("jürgen@")
    with pytest.raises(ApplicationError, match="the mail server cannot send to jürgen@"):
        await send(StoreMailer(email_outbox(store), smtp_transport(mail_settings)), key="k2", to="jürgen@example.com")


async def test_an_sms_is_kept_as_sent_and_a_number_that_is_none_refused(
    store: Store, mailer: StoreMailer, mail_server: FakeMailServer
) -> None:
    await send(mailer, to="+12025550101")
    row = await email_outbox(store).find("k")
    assert row is not None
    assert (row["recipient"], row["sent_at"] is not None, mail_server.accepted) == ("+12025550101", True, [])
    with pytest.raises(ApplicationError, match="'\\+9991234567' is not a telephone number") as refused:
        await send(mailer, key="k2", to="+9991234567")
    assert (refused.value.type, refused.value.non_retryable) == ("Undeliverable", True)
