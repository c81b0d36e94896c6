"""Addresses of settings: where to listen, and where links lead."""

import pytest

from workers.settings.listen import listen_address, public_url


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("8025", ("127.0.0.1", 8025)),
        (":8025", ("127.0.0.1", 8025)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),  # noqa: S104 - told so
        ("[::1]:8025", ("::1", 8025)),
        ("localhost:8025", ("localhost", 8025)),
    ],
)
def test_it_is_on_loopback_unless_told_otherwise(text: str, address: tuple[str, int]) -> None:
    assert listen_address(text) == address


@pytest.mark.parametrize("text", ["", "host", "host:", "host:0", "host:65536", "host:x", "a b:1", "http://a:1", "²"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT; use one like"):
        listen_address(text)


@pytest.mark.parametrize("text", ["https://mail.example.com/unsubscribe", "https://a:8443", "http://localhost:8025/u"])
def test_a_public_address_is_a_page_with_https(text: str) -> None:
    assert public_url(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "http://a.example",
        "https://",
        "mail.example.com",
        "https://a/?x=1",
        "https://a/#x",
        "https://u@a/",
        "https://a/ b",
    ],
)
def test_what_no_mail_program_posts_to_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no public address; use one like"):
        public_url(text)
