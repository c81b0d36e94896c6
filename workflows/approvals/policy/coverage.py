"""Which requests a rule matches that an earlier one does not: rules that nobody reaches, and rules that overlap.

Each condition takes a finite number of values that make a difference: those that some rule names, and any other. So
the requests that a rule matches are a box of four sets, and what one rule leaves to another is computed on boxes.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from workflows.approvals.policy.models import Limit, Policy, Rule
from workflows.approvals.policy.rates import in_common

OTHER = ""
"""A kind, department or country that no rule names, or none."""
Box = tuple[frozenset[str], ...]
"""Kinds, departments, countries and amounts."""
KIND, DEPARTMENT, COUNTRY, AMOUNT = range(4)
NO_AMOUNT = "no amount"


class Coverage:
    """The requests that each rule of a policy matches. Raises `NoRateError` when limits cannot be compared."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        limits = {self._value(limit): str(limit) for rule in policy.rule for _, limit in rule.limits}
        self._cells = list(_cells(sorted(limits.items())))
        everything: list[set[str]] = [{OTHER}, {OTHER}, {OTHER}, {NO_AMOUNT, *(words for words, _, _ in self._cells)}]
        for rule in policy.rule:
            for dimension, names in enumerate((rule.kind, rule.departments, rule.countries)):
                everything[dimension].update(names or [])
        self._everything = [frozenset(each) for each in everything]
        self.boxes = [self._box(rule) for rule in policy.rule]

    def never_reached(self, number: int) -> list[int]:
        """Return the earlier rules that match everything that a rule matches; none when something is left to it."""
        box = self.boxes[number]
        for earlier in range(number):
            if not subtract(box, self.boxes[earlier]):
                return [earlier]
        if any(self._left([box], range(number))):
            return []
        return [earlier for earlier in range(number) if intersect(box, self.boxes[earlier])]

    def overlap(self, earlier: int, later: int) -> Box | None:
        """Return requests that both rules match and no rule before them, where neither is an exception of the other."""
        first, second = self.boxes[earlier], self.boxes[later]
        both = intersect(first, second)
        if both is None or not subtract(first, second) or not subtract(second, first):
            return None
        return next(iter(self._left([both], range(earlier))), None)

    def example(self, box: Box) -> str:
        """Return one of the requests of a box, in words."""
        kind, department, country, amount = (min(each - {OTHER}, default=OTHER) for each in box)
        amount = next((words for words, _, _ in self._cells if words in box[AMOUNT]), NO_AMOUNT)
        parts = [kind or "a request of any kind"]
        parts += [f"of department {department}"] if department else []
        parts += [f"in {country}"] if country else []
        limited = box[AMOUNT] != self._everything[AMOUNT]
        parts += [amount if amount == NO_AMOUNT else f"of {amount}"] if limited else []
        return " ".join(parts)

    def _left(self, boxes: Sequence[Box], earlier: range) -> Sequence[Box]:
        for number in earlier:
            boxes = [piece for box in boxes for piece in subtract(box, self.boxes[number])]
        return boxes

    def _box(self, rule: Rule) -> Box:
        named = (rule.kind, rule.departments, rule.countries)
        sets = [frozenset(names) if names else self._everything[at] for at, names in enumerate(named)]
        return (*sets, self._amounts(rule))

    def _amounts(self, rule: Rule) -> frozenset[str]:
        if not rule.limits:
            return self._everything[AMOUNT]
        least = self._value(rule.min_amount) if rule.min_amount else Fraction(0)
        most = self._value(rule.max_amount) if rule.max_amount else None
        return frozenset(
            words
            for words, low, high in self._cells
            if low >= least and (most is None or (high is not None and high <= most))
        )

    def _value(self, limit: Limit) -> Fraction:
        """Return a limit in a unit that all of them have in common."""
        limits = [each for rule in self._policy.rule for _, each in rule.limits]
        if all(each.currency == limit.currency for each in limits):
            return Fraction(limit.amount)
        return in_common(self._policy.rates, Fraction(limit.amount), limit.currency)


def intersect(box: Box, other: Box) -> Box | None:
    """Return what both boxes have, None if that is nothing."""
    common = tuple(mine & theirs for mine, theirs in zip(box, other, strict=True))
    return common if all(common) else None


def subtract(box: Box, other: Box) -> list[Box]:
    """Return what ``box`` has and ``other`` has not, as boxes that have nothing in common."""
    if intersect(box, other) is None:
        return [box]
    pieces, rest = [], list(box)
    for at, theirs in enumerate(other):
        if outside := rest[at] - theirs:
            pieces.append((*rest[:at], outside, *rest[at + 1 :]))
        rest[at] &= theirs
    return pieces


def _cells(limits: Sequence[tuple[Fraction, str]]) -> Iterator[tuple[str, Fraction, Fraction | None]]:
    """Yield the amounts between the limits, and the limits themselves: in words, from, and until."""
    if not limits:
        yield "any amount", Fraction(0), None
        return
    first, words = limits[0]
    if first > 0:
        yield f"less than {words}", Fraction(0), first - Fraction(1, 10**30)
    for (low, words), (high, end) in pairwise(limits):
        yield words, low, low
        yield f"more than {words} and less than {end}", low + Fraction(1, 10**30), high - Fraction(1, 10**30)
    last, words = limits[-1]
    yield words, last, last
    yield f"more than {words}", last + Fraction(1, 10**30), None
