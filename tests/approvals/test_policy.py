"""The sample policy: who must approve what."""

import pytest
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from tests.support.approvals import leave, level, under_review

CHAIN, LONG_CHAIN = ["manager", "hr"], ["manager", "hr", "directors"]


KNOWN = "the policy knows expense, purchase, leave and hire; others bring their own levels"


def names(**fields: object) -> list[str]:
    return [step.level.name for step in under_review(**fields).chain.steps]


@pytest.mark.parametrize(
    ("kind", "amount", "currency", "right"),
    [
        ("expense", 99_999, "USD", CHAIN),
        ("expense", 100_000, "USD", LONG_CHAIN),
        ("purchase", 100_000, "EUR", LONG_CHAIN),
        ("Purchase", 100_000, "EUR", LONG_CHAIN),
        ("purchase", 89_509, "EUR", CHAIN),
        ("purchase", 89_510, "EUR", LONG_CHAIN),
        ("expense", 1_000, "JPY", CHAIN),
        ("expense", 200_000, "JPY", LONG_CHAIN),
        ("expense", 50_000, "HUF", CHAIN),
        ("expense", 500_000, "IQD", CHAIN),
        ("expense", 1_300_000_000, "IQD", LONG_CHAIN),
        ("expense", 1_299_999_999, "IQD", CHAIN),
        ("expense", 376_000, "BHD", LONG_CHAIN),
        ("expense", 375_999, "BHD", CHAIN),
        ("hire", 9_000_000, "USD", CHAIN),
        ("hire", 9_000_000, "UAH", CHAIN),
        ("leave", None, None, CHAIN),
        ("Leave", None, None, CHAIN),
        ("expense", None, None, CHAIN),
    ],
)
def test_directors_decide_from_a_thousand_dollars_on(
    kind: str, amount: int | None, currency: str | None, right: list[str]
) -> None:
    assert names(kind=kind, amount=amount, currency=currency) == right


def test_a_currency_without_a_rate_is_never_compared_one_to_one() -> None:
    with pytest.raises(ApplicationError) as refused:
        under_review(kind="expense", amount=1, currency="UAH")
    assert refused.value.message == "the policy compares this expense with $1,000.00, and has no rate for UAH"
    assert (refused.value.type, list(refused.value.details)) == ("InvalidRequest", ["currency"])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "expenses",
            f"unknown kind expenses, did you mean expense? {KNOWN}",
        ),
        (
            "travel",
            f"unknown kind travel: {KNOWN}",
        ),
    ],
)
def test_a_kind_that_it_does_not_name_is_never_given_a_shorter_chain(kind: str, words: str) -> None:
    with pytest.raises(ApplicationError) as refused:
        under_review(kind=kind, amount=5_000_000, currency="USD")
    assert (refused.value.message, refused.value.type) == (words, "InvalidRequest")
    assert list(refused.value.details) == ["kind"]
    assert names(kind=kind, levels=[level("ben")]) == ["team"]


@pytest.mark.parametrize("currency", ["DEM", "HRK", "XAU", "XXX", "EU", ""])
def test_money_is_of_a_currency_in_use(currency: str) -> None:
    with pytest.raises(ValidationError, match="is not an ISO 4217 code of a currency in use"):
        leave(kind="expense", amount=99_999, currency=currency)


@pytest.mark.parametrize(
    ("requester", "approvers"),
    [("ana", ["ben"]), ("ben", ["dora"]), ("chen", ["dora", "greta"]), ("greta", ["dora"])],
)
def test_somebody_without_a_manager_asks_the_directors(requester: str, approvers: list[str]) -> None:
    first = under_review(requester=requester).chain.steps[0].level
    assert (first.approvers, first.fell_back) == (approvers, requester in {"chen", "greta"})
