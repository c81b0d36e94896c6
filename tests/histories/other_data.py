"""Replays all recordings with other data in the libraries, and prints the answers as JSON."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn
from unittest.mock import patch

from workflows.runtime.exit import exit_process


def other_currencies() -> list[SimpleNamespace]:
    """Return ISO 4217 with another decimal for each currency, and without the dollar."""
    from iso4217 import Currency

    return [
        SimpleNamespace(code=each.code, exponent=(each.exponent or 0) + 1) for each in Currency if each.code != "USD"
    ]


def unknown(*_args: Any, **_options: Any) -> NoReturn:  # noqa: ANN401 - in place of anything
    """Know nothing."""
    raise NotImplementedError("no such data")


def main() -> int:
    """Patch the libraries before anything of the product is imported, then replay."""
    with (
        patch("iso4217.Currency", other_currencies()),
        patch("babel.numbers.list_currencies", lambda: {"XTS"}),
        patch("babel.numbers.get_currency_precision", lambda _currency: 5),
        patch("babel.numbers.format_currency", lambda *_args, **_options: "?"),
        patch("babel.lists.format_list", lambda *_args, **_options: "?"),
        patch("babel.core.Locale.territories", {}),
        patch("humanize.precisedelta", lambda *_args, **_options: "?"),
        patch("holidays.country_holidays", unknown),
        patch("phonenumbers.parse", unknown),
        patch("email_validator.validate_email", unknown),
        tempfile.TemporaryDirectory() as folder,
    ):
        from tests.support.zone_rules import other_rules, rules_of

        with other_rules(Path(folder), rules_of("Asia/Karachi")):
            from tests.histories.answers import all_answers

            sys.stdout.write(json.dumps(asyncio.run(all_answers())))
    return 0


if __name__ == "__main__":
    exit_process(main())
