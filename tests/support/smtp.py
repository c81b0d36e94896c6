"""A local mail server, real but for the faults that a test asks for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "shop"
PASSWORD = "s3cret"  # noqa: S105 - of no real server


@dataclass
class FakeMailServer:
    """What was accepted, and what shall go wrong. The lists of faults are used up, one for each e-mail."""

    port: int = 0
    accepted: list[Envelope] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    """As they were written in the conversation: an envelope has them without quotes."""
    refuse_recipient: list[str] = field(default_factory=list)
    refuse_address: dict[str, list[str]] = field(default_factory=dict)
    """Refusals of single addresses."""
    refuse_data: list[str] = field(default_factory=list)
    hang_up_after_data: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first e-mail is there, before it is answered."""
    gate: asyncio.Event | None = None
    """When set, an e-mail is answered only after it."""

    @property
    def contents(self) -> list[bytes]:
        """The accepted e-mails, as they came."""
        return [_content(envelope) for envelope in self.accepted]

    @property
    def messages(self) -> list[EmailMessage]:
        """The accepted e-mails."""
        return [message_from_bytes(_content(envelope), policy=policy.default) for envelope in self.accepted]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        del server, session, options
        if self.refuse_recipient:
            return self.refuse_recipient.pop(0)
        if self.refuse_address.get(address):
            return self.refuse_address[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take or refuse an e-mail, or take it and hang up without saying so."""
        del session
        if self.refuse_data:
            return self.refuse_data.pop(0)
        self.accepted.append(envelope)
        self.arrived.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.hang_up_after_data:
            self.hang_up_after_data -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 accepted"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Let one user in."""
        del server, session, envelope, mechanism
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        # What is not handled here gets the server's own answer: 535.
        return AuthResult(success=right, handled=right)


class _Recording(SMTP):
    """Records what the parser reads."""

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a recipient."""
        assert isinstance(self.event_handler, FakeMailServer)
        self.event_handler.recipients.append(arg)
        await super().smtp_RCPT(arg)


def _content(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


@asynccontextmanager
async def fake_mail_server(*, smtputf8: bool = False) -> AsyncIterator[FakeMailServer]:
    """Run a local mail server in this loop."""
    fake = FakeMailServer()

    def connection() -> SMTP:
        return _Recording(
            fake,
            hostname="mail.test",
            enable_SMTPUTF8=smtputf8,
            authenticator=fake.authenticate,
            auth_require_tls=False,
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with server:
        fake.port = server.sockets[0].getsockname()[1]
        yield fake
