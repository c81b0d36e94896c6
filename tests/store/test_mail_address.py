"""E-mail addresses: which ones a mail server can be given, and how."""

import pytest
from email_validator import validate_email
from hypothesis import assume, given
from hypothesis import strategies as st

from workers.store.mail_address import MAX_PLAIN, PLAIN, USUAL, smtp_address, unquoted

ODD = ["a..b@docomo.ne.jp", "try..this.@docomo.ne.jp", ".a@docomo.ne.jp", "a.@ezweb.ne.jp"]


@pytest.mark.parametrize("address", ODD)
def test_an_odd_local_part_is_quoted(address: str) -> None:
    local, _, domain = address.partition("@")
    assert smtp_address(address) == smtp_address(f'"{local}"@{domain}') == f'"{local}"@{domain}'
    assert unquoted(f'"{local}"@{domain}') == unquoted(address) == address


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("ada@example.com", "ada@example.com"),
        ("o'brien+x@mail.example.co.uk", "o'brien+x@mail.example.co.uk"),
        ('"ada"@example.com', "ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("jürgen@bücher.example", "jürgen@bücher.example"),
        ("ada@corp.local", "ada@corp.local"),
    ],
)
def test_others_are_sent_as_they_are(address: str, sent: str) -> None:
    assert smtp_address(address) == sent


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "<a@example.com>",
        "a@example.com, eve@example.com",
        "a@example.com\r\nBcc: eve@example.com",
        '"a\r\nb"@example.com',
        '"a@example.com, eve"@example.com',
        "a,b@example.com",
        "a(b)@example.com",
        "a@-example.com",
        "a@exa_mple.com",
    ],
)
def test_what_is_not_one_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        smtp_address(address)


@given(
    st.lists(st.text("aZ9+'-_", min_size=1, max_size=9), min_size=1, max_size=4),
    st.lists(st.text("aZ9-", min_size=1, max_size=4), min_size=1, max_size=4),
)
def test_the_library_takes_what_it_is_not_asked_about(local_part: list[str], labels: list[str]) -> None:
    address = f"{'.'.join(local_part)}@{'.'.join(labels)}.jp"
    assume(USUAL.fullmatch(address))
    taken = validate_email(address, check_deliverability=False, globally_deliverable=False)
    local, _, domain = address.rpartition("@")
    assert taken.ascii_email == f"{local}@{domain.lower()}"


@given(st.from_regex(PLAIN, fullmatch=True))
def test_plain_addresses_are_usual(address: str) -> None:
    assume(len(address) <= MAX_PLAIN)
    assert USUAL.fullmatch(address)
