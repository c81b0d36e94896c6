"""Where the screen of this console is."""

import os

VARIABLE = "TEXTUAL_DRIVER"
"""Set by textual-serve for the processes of its tabs."""


def in_browser() -> bool:
    """Return whether it is in a browser."""
    return os.environ.get(VARIABLE, "").endswith(":WebDriver")
