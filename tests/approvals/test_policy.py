"""The company's policy: who must approve what."""

import pytest
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from tests.support.approvals import level, under_review
from workflows.approvals.models import ApprovalRequest
from workflows.approvals.policy import KINDS, needs_directors, policy_levels


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


@pytest.mark.parametrize("kind", [*KINDS, "Leave"])
def test_the_policy_has_levels_for_the_kinds_that_it_names(kind: str) -> None:
    assert [each.name for each in policy_levels(request(kind, None, None), "ben")] == ["manager", "hr"]


@pytest.mark.parametrize("kind", ["expenses", "travel", "leave "])
def test_a_kind_that_it_does_not_name_is_never_given_a_shorter_chain(kind: str) -> None:
    with pytest.raises(ApplicationError, match="knows leave, expense, hire and purchase") as refused:
        policy_levels(request("x", None, None).model_copy(update={"kind": kind}), "ben")
    assert (refused.value.type, list(refused.value.details)) == ("InvalidRequest", ["kind"])
    assert under_review(kind="travel", levels=[level("ben")]).chain.current == 0


@pytest.mark.parametrize("currency", ["DEM", "HRK", "XAU", "XXX", "EU", ""])
def test_money_is_of_a_currency_in_use(currency: str) -> None:
    with pytest.raises(ValidationError, match="is not an ISO 4217 code of a currency in use"):
        request("expense", 99_999, currency)
