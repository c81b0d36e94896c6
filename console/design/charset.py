"""Whether the terminal takes Unicode."""

import os
from collections.abc import Mapping

LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
"""Variables that name the terminal's character set; the first that is set decides."""


def draws_unicode(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether blocks and lines can be drawn; without any word about it they can."""
    named = next((environment[name] for name in LOCALE if environment.get(name)), "")
    return not named or "utf" in named.lower()
