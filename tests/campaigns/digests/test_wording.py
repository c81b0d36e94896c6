"""What a digest says."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.campaigns.channels import Channel
from workflows.campaigns.digests.parts import HeldPart, digest_id, in_order, kind_of
from workflows.campaigns.digests.wording import MAX_PARTS, MAX_TEXT, Wording, digest_of, fitting
from workflows.campaigns.send_window import SendWindow
from workflows.campaigns.template import Template

NOON = datetime(2031, 3, 3, 12, tzinfo=UTC)
SALE = Wording("Sale", "Less.\n", None, "https://example.com/1")
SHOES = Wording(
    "Shoes <new>",
    "More.",
    "<!DOCTYPE html><html><head><title>x</title><style>p { color: red }</style></head>"
    '<body bgcolor="#fff"><p>More.</p></body></html>',
    "https://example.com/1",
)


def test_a_single_message_is_as_it_is() -> None:
    assert digest_of([SHOES], Channel.EMAIL) is SHOES


def test_an_email_has_both_parts_where_one_message_has() -> None:
    whole = digest_of([SHOES, SALE], Channel.EMAIL)
    assert (whole.subject, whole.unsubscribe_url) == ("Shoes <new> (+1)", "https://example.com/1")
    assert whole.body == "Shoes <new>\n===========\n\nMore.\n\nSale\n====\n\nLess."
    assert whole.html is not None
    assert whole.html.count("<body") == whole.html.count("<html") == whole.html.count("<!DOCTYPE") == 1
    assert "<title>" not in whole.html
    assert whole.html.index("<style>p { color: red }</style>") < whole.html.index("<body>")
    assert '<h2>Shoes&#32;&#60;new&#62;</h2>\n<div bgcolor="#fff"><p>More.</p></div>' in whole.html
    assert '<div style="white-space: pre-wrap">Less.</div>' in whole.html
    assert digest_of([SALE, SALE], Channel.EMAIL).html is None


@pytest.mark.parametrize("html", ["<p>bare</p>", "<html><p>bare</p></html>", "<body><p>bare</p>"])
def test_html_without_a_whole_frame(html: str) -> None:
    whole = digest_of([Wording("A", "B", html), SALE], Channel.EMAIL)
    assert "<div><p>bare</p></div>" in str(whole.html)


def test_an_sms_has_no_headings() -> None:
    whole = digest_of([Wording(None, "Less."), Wording(None, "More.")], Channel.SMS)
    assert whole == Wording(None, "Less.\n\nMore.")


def test_it_takes_as_many_as_fit() -> None:
    long = Wording(None, "x" * 700)
    assert fitting([long] * 3, Channel.SMS) == 2
    assert fitting([Wording(None, "x" * MAX_TEXT[Channel.SMS] * 2), long], Channel.SMS) == 1
    assert fitting([SALE] * (MAX_PARTS + 3), Channel.EMAIL) == MAX_PARTS
    heavy = Wording("A", "B", f"<p>{'ü' * 30_000}</p>")
    assert fitting([heavy, heavy], Channel.EMAIL) == 1


def test_the_order_is_by_priority_and_then_by_age() -> None:
    parts = [
        HeldPart(name, name, name, priority, NOON + timedelta(hours=hours), Template(body="B"), None)
        for name, priority, hours in (("a", 5, 1), ("b", 5, 0), ("c", 9, 2), ("d", 5, 1))
    ]
    assert [part.send_id for part in in_order(parts[::-1])] == ["c", "b", "a", "d"]


def test_kinds_differ_by_all_that_caps_and_time_decide_by() -> None:
    window = SendWindow(weekdays=["monday"])
    kinds = {
        kind_of(Channel.EMAIL, ["a", "b"], None),
        kind_of(Channel.EMAIL, ["b", "a", "a"], None),
        kind_of(Channel.EMAIL, ["a"], None),
        kind_of(Channel.PUSH, ["a"], None),
        kind_of(Channel.PUSH, ["a"], window),
    }
    assert len(kinds) == 4
    assert len({digest_id(user, kind, number) for user in "UV" for kind in kinds for number in (0, 1)}) == 16
