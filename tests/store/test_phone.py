"""Telephone numbers without oddities are read as the library reads them, which takes a tenth of a millisecond."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from workers.store.phone import usual_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
DIGITS = st.lists(st.sampled_from(["0", "1", "2", "49", "55", "7", "8", "9", " ", "-", "(", ") ", "."]), max_size=14)


def by_the_library(number: str, country: str | None) -> str | None:
    """Return it in E.164, None for what may be no number."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(parsed)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if possible else None


@examples(1_000, far=20_000, shrinks=True)
@given(st.sampled_from(["", *(f"+{code}" for code in CODES)]), DIGITS, st.sampled_from([None, *REGIONS]))
def test_usual_numbers_are_those_of_the_library(code: str, digits: list[str], country: str | None) -> None:
    number = code + "".join(digits)
    usual = usual_number(number, country)
    if usual is not None:
        assert usual == by_the_library(number, country)


def test_most_international_examples_are_usual() -> None:
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    examples_of = {region: phonenumbers.example_number(region) for region in REGIONS}
    numbers = {region: phonenumbers.format_number(each, form) for region, each in examples_of.items() if each}
    read = {region: usual_number(number, None) for region, number in numbers.items()}
    assert all(usual in {None, by_the_library(numbers[region], None)} for region, usual in read.items())
    assert sum(usual is not None for usual in read.values()) > 0.8 * len(REGIONS)
