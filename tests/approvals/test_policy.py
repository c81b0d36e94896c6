"""The company's policy: who must approve what."""

import pytest
from pydantic import ValidationError

from workflows.approvals.models import ApprovalRequest
from workflows.approvals.policy import needs_directors


def request(kind: str, amount: int | None, currency: str | None) -> ApprovalRequest:
    return ApprovalRequest(
        request_id="REQ-1", kind=kind, title="Something", requester="ana", amount=amount, currency=currency
    )


@pytest.mark.parametrize(
    ("kind", "amount", "currency", "needed"),
    [
        ("expense", 99_999, "USD", False),
        ("expense", 100_000, "USD", True),
        ("purchase", 100_000, "EUR", True),
        ("Purchase", 100_000, "EUR", True),
        ("expense", 999, "JPY", False),
        ("expense", 1_000, "JPY", True),
        ("expense", 50_000, "HUF", False),
        ("expense", 500_000, "IQD", False),
        ("expense", 999_999, "KWD", False),
        ("expense", 1_000_000, "KWD", True),
        ("hire", 9_000_000, "USD", False),
        ("leave", None, None, False),
        ("expense", None, None, False),
    ],
)
def test_directors_decide_from_a_thousand_on(kind: str, amount: int | None, currency: str | None, needed: bool) -> None:  # noqa: FBT001 - a parameter of the cases
    assert needs_directors(request(kind, amount, currency)) is needed


@pytest.mark.parametrize("currency", ["DEM", "HRK", "XAU", "XXX", "EU", ""])
def test_money_is_of_a_currency_in_use(currency: str) -> None:
    with pytest.raises(ValidationError, match="is not an ISO 4217 code of a currency in use"):
        request("expense", 99_999, currency)
