"""What refusals of mail servers say about an address. The texts are those of real servers, with other names."""

import pytest

from workers.services.bounces import bounce_kind
from workflows.campaigns.bounces import BounceKind

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (550, "5.1.1 <ada@example.com>: Recipient address rejected: User unknown in virtual mailbox table", HARD),
        (550, "mx1.example.com 5.1.1 The email account that you tried to reach does not exist.", HARD),
        (550, "5.1.2 bad destination system", HARD),
        (556, "5.1.10 Recipient address has null MX", HARD),
        (550, "No such user here", HARD),
        (551, "User not local; please try <ada@example.org>", HARD),
        (553, "mailbox name not allowed", HARD),
        (552, "5.2.2 mailbox full", SOFT),
        (552, "Requested mail action aborted: exceeded storage allocation", SOFT),
        (550, "5.2.1 The email account that you tried to reach is disabled.", SOFT),
        (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", SOFT),
        (550, "5.7.1 Service unavailable, client host [192.0.2.1] blocked using a list", None),
        (550, "Blocked - see https://example.com/why", None),
        (550, "Relay access denied", None),
        (550, "5.1.8 <shop@example.com>: Sender address rejected: Domain not found", None),
        (552, "5.3.4 message size exceeds fixed limit", None),
        (554, "Transaction failed", None),
        (550, "", HARD),
    ],
)
def test_what_a_refused_recipient_says(code: int, text: str, kind: BounceKind | None) -> None:
    assert bounce_kind(code, text, to_recipient=True) is kind


def test_a_refused_message_says_nothing_of_its_address_without_an_enhanced_code() -> None:
    assert bounce_kind(550, "this message looks odd", to_recipient=False) is None
    assert bounce_kind(550, "5.1.1 no such user", to_recipient=False) is HARD
