"""Which rule decides a request."""

from collections.abc import Iterable
from fractions import Fraction

from workflows.approvals.models import ApprovalRequest, Refusals
from workflows.approvals.policy.models import Limit, Policy, PolicyLevel, Rule
from workflows.approvals.policy.rates import NoRateError, in_common
from workflows.approvals.wording import both, money_of
from workflows.shared.codes import COUNTRIES
from workflows.shared.inputs import excerpt
from workflows.shared.money import decimals
from workflows.shared.nearest import did_you_mean
from workflows.shared.refusals import Refusal

DEPARTMENT, COUNTRY = "department", "country"
"""Keys of the request's details that rules look at."""


def find_rule(policy: Policy, request: ApprovalRequest) -> int:
    """Return the index of the first rule that matches the request.

    Raises ``InvalidRequest`` when none does, or when one needs a rate that the policy has not, or a detail that is
    wrong.
    """
    for number, rule in enumerate(policy.rule):
        if _matches(policy, rule, request):
            return number
    raise _no_rule(policy, request).error


def levels_always(policy: Policy, request: ApprovalRequest) -> list[PolicyLevel]:
    """Return the levels that the request has whatever its kind, since its amount is so high.

    Raises ``InvalidRequest`` when a rate is missing to tell.
    """
    if request.amount is None:
        return []
    return [each.level for each in policy.always if _difference(policy, request, each.min_amount) >= 0]


def is_compared(policy: Policy, rule: Rule, request: ApprovalRequest) -> bool:
    """Return whether the rule compares the request's amount with one in another currency, by the policy's rates."""
    return policy.rates is not None and any(limit.currency != request.currency for _, limit in rule.limits)


def _matches(policy: Policy, rule: Rule, request: ApprovalRequest) -> bool:
    if rule.kind is not None and request.kind.casefold() not in rule.kind:
        return False
    if rule.departments is not None and _department(request) not in rule.departments:
        return False
    if rule.countries is not None and _country(request) not in rule.countries:
        return False
    if not rule.limits:
        return True
    if request.amount is None:
        return False
    least, most = rule.min_amount, rule.max_amount
    return (least is None or _difference(policy, request, least) >= 0) and (
        most is None or _difference(policy, request, most) <= 0
    )


def _department(request: ApprovalRequest) -> str | None:
    given = _detail(request, DEPARTMENT)
    return given.casefold() if given else None


def _country(request: ApprovalRequest) -> str | None:
    given = _detail(request, COUNTRY)
    if given and given.upper() not in COUNTRIES:
        raise _wrong(f"details.{COUNTRY}", f"{excerpt(given)} is not an ISO 3166 country code; use one like US or FR")
    return given.upper() if given else None


def _detail(request: ApprovalRequest, key: str) -> str | None:
    given = request.details.get(key)
    if given is None or isinstance(given, str):
        return given.strip() if given else None
    raise _wrong(f"details.{key}", "it is no text, and rules of the policy look at it")


def _difference(policy: Policy, request: ApprovalRequest, limit: Limit) -> Fraction:
    """Return by how much the amount is above the limit; below it is negative. The unit is of no matter."""
    currency = request.currency or limit.currency
    amount = Fraction(request.amount or 0, 10 ** decimals(currency))
    if currency == limit.currency:
        return amount - Fraction(limit.amount)
    try:
        return in_common(policy.rates, amount, currency) - in_common(
            policy.rates, Fraction(limit.amount), limit.currency
        )
    except NoRateError as error:
        words = f"the policy compares this {request.kind} with {limit}, and has no rate for {error}"
        raise _wrong("currency", words) from None


def _no_rule(policy: Policy, request: ApprovalRequest) -> Refusal:
    own = "; others bring their own levels" if policy.own_levels else ""
    folded = request.kind.casefold()
    if folded in policy.kinds or any(rule.kind is None for rule in policy.rule):
        about = _listed([money_of(request), request.details.get(DEPARTMENT), request.details.get(COUNTRY)])
        words = f"the policy has rules for {request.kind}, but none for this one{about}{own}"
    elif policy.kinds:
        near = did_you_mean(request.kind, policy.kinds).removeprefix(";").rstrip("?")
        meant = f",{near}?" if near else ":"
        words = f"unknown kind {request.kind}{meant} the policy knows {both(policy.kinds)}{own}"
    else:
        words = f"the policy has no rules{own}"
    return Refusal(Refusals.INVALID_REQUEST, words, "kind")


def _listed(parts: Iterable[object]) -> str:
    known = ", ".join(str(part) for part in parts if part is not None)
    return f" ({known})" if known else ""


def _wrong(field: str, words: str) -> Exception:
    return Refusal(Refusals.INVALID_REQUEST, words, field).error
