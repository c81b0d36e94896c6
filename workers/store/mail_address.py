"""E-mail addresses as mail servers take them, and as the store keeps them."""

import re
from typing import Annotated

from pydantic import AfterValidator

from workflows.shared.fields import EmailAddress

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
"""What an unquoted local part is made of, besides dots (RFC 5322, 3.2.3)."""
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?!-)){0,61}(?<!-)"
USUAL = re.compile(rf"(?=[^@]{{1,64}}@){ATEXT}+(?:\.{ATEXT}+)*@(?:{LABEL}\.)+[A-Za-z]{{2,63}}")
"""What needs no library, which takes half a millisecond for each: an import may have 150,000."""
PLAIN = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+[.-])*[A-Za-z0-9]+\.[A-Za-z]{2,63}")
MAX_PLAIN = 64
"""Most of what is usual, in a third of the time: so short that no part of it is too long."""
DOTTED = re.compile(rf"(?:{ATEXT}|\.)+")
"""A local part that is usual but for its dots: ``a..b`` and ``a.`` are addresses of Japanese telephones."""


def is_usual(text: str) -> bool:
    """Tell whether an address needs no library."""
    return (len(text) <= MAX_PLAIN and PLAIN.fullmatch(text) is not None) or USUAL.fullmatch(text) is not None


def smtp_address(text: str) -> str:
    """Return one address as a mail server takes it: a local part with odd dots is quoted (RFC 5321, 4.1.2).

    Raises:
        ValueError: it is not one address.
    """
    if is_usual(text):
        return text
    from email_validator import validate_email

    plain = unquoted(text)
    local, _, domain = plain.rpartition("@")
    odd = bool(DOTTED.fullmatch(local)) and "" in local.split(".")
    wanted = f'"{local}"@{domain}' if odd else plain
    # Domains inside of a company, such as corp.local, are known to its own mail server.
    address = validate_email(wanted, check_deliverability=False, allow_quoted_local=odd, globally_deliverable=False)
    return address.ascii_email or address.normalized


def unquoted(text: str) -> str:
    """Return an address without the quotes that its local part needs for SMTP alone: a mailbox is kept one way."""
    local, _, domain = text.rpartition("@")
    inner = local[1:-1]
    return f"{inner}@{domain}" if local == f'"{inner}"' and DOTTED.fullmatch(inner) else text


def _can_be_sent_to(text: str) -> str:
    smtp_address(text)
    return unquoted(text)


SendableAddress = Annotated[EmailAddress, AfterValidator(_can_be_sent_to)]
"""An address that can be given to a mail server. What cannot is said when it is imported, not when a message fails."""
