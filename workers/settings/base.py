"""Settings that all systems' workers share. Each system adds its own in a subclass beside its services."""

from email.policy import EmailPolicy

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import URL

from workers.store.databases import parse_store_url
from workers.store.errors import StoreError
from workflows.runtime.settings import Settings


class WorkerSettings(Settings):
    """The store, and how workers stop."""

    store_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the store, SQLite or PostgreSQL; default: `store.sqlite` in the data folder",
    )
    drain_seconds: int = Field(
        default=20, ge=0, description="how long a worker that is told to stop may finish what it is doing"
    )

    @field_validator("store_url")
    @classmethod
    def _names_a_store(cls, url: str | None) -> str | None:
        if url:
            try:
                parse_store_url(url)
            except StoreError as error:
                raise PydanticCustomError("store_url", "{text}", {"text": str(error)}) from None
        return url

    @property
    def resolved_store_url(self) -> str:
        """The store's URL, with the default filled in."""
        if self.store_url:
            return self.store_url
        # Not a formatted string: a folder may have a question mark or a percent sign in its name.
        return URL.create("sqlite", database=str(self.data_dir / "store.sqlite")).render_as_string()


class MailSettings(WorkerSettings):
    """The mail server, for systems that send e-mail."""

    smtp_host: str | None = Field(
        default=None, description="mail server; without one e-mails are kept in the store's outbox only"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="port of the mail server")
    smtp_username: str | None = Field(default=None, description="login at the mail server")
    smtp_password: SecretStr | None = Field(default=None, description="password at the mail server")
    smtp_starttls: bool = Field(default=True, description="encrypt the connection to the mail server with STARTTLS")
    mail_from: str = Field(default="shop@localhost", description="sender of the e-mails")

    @field_validator("mail_from")
    @classmethod
    def _is_one_address(cls, sender: str) -> str:
        header = EmailPolicy().header_factory("From", sender)
        if len(header.addresses) != 1 or header.defects or not header.addresses[0].domain:
            raise ValueError(f"{sender!r} is not one e-mail address; use one like shop@example.com")
        return sender
