"""The company's table of currencies: how amounts in different currencies are compared, exactly."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from workflows.shared.codes import ISO_DECIMALS
from workflows.shared.fields import Currency
from workflows.shared.nearest import did_you_mean


def _rate(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise ValueError('it is no rate; use one like "1.0835"')  # noqa: TRY004 - pydantic takes a ValueError
    return given


Rate = Annotated[Decimal, BeforeValidator(_rate), Field(gt=0, le=10**9)]
"""Units of a currency for one of the base."""


class NoRateError(Exception):
    """The table has no rate for a currency. The text is the currency."""


class Rates(BaseModel):
    """The table ``[rates]``: of which day, and how many units of each currency one unit of ``base`` is."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Rate]

    date: date
    base: Currency

    @model_validator(mode="after")
    def _are_currencies(self) -> "Rates":
        wrong = []
        for code, rate in self.__pydantic_extra__.items():
            words = ""
            if code not in ISO_DECIMALS:
                near = did_you_mean(code.upper(), ISO_DECIMALS)
                words = f"{code!r} is no ISO 4217 code of a currency in use{near}"
            elif code == self.base and rate != 1:
                words = f"{code} is the base, and one {code} is 1 {code}, not {rate}"
            if words:
                error = PydanticCustomError("wrong_field", "{words}", {"words": words})
                wrong.append(InitErrorDetails(type=error, loc=(code,), input=rate))
        if wrong:
            raise ValidationError.from_exception_data("Rates", wrong)
        return self

    def knows(self, currency: str) -> bool:
        """Return whether amounts in a currency can be compared with others."""
        return currency == self.base or currency in self.__pydantic_extra__

    def in_base(self, amount: Fraction, currency: str) -> Fraction:
        """Return an amount in the base currency, both in major units. Raises `NoRateError`."""
        if currency == self.base:
            return amount
        rate = self.__pydantic_extra__.get(currency)
        if rate is None:
            raise NoRateError(currency)
        return amount / Fraction(rate)


def in_common(rates: Rates | None, amount: Fraction, currency: str) -> Fraction:
    """Return an amount in the table's base currency. Raises `NoRateError`, also without a table."""
    if rates is None:
        raise NoRateError(currency)
    return rates.in_base(amount, currency)
