"""What the terminal can show."""

import os
from dataclasses import dataclass

from rich.console import Console

from console.design.charset import draws_unicode


@dataclass(frozen=True)
class Abilities:
    """What the terminal can show; ``NO_COLOR`` is asked for by its variable alone."""

    few_colours: bool = False
    """Whether it has no more than 16 colours."""
    unicode: bool = True

    @classmethod
    def of_terminal(cls) -> "Abilities":
        """Return what the environment says of this terminal."""
        return cls(Console(force_terminal=True).color_system == "standard", draws_unicode())


def no_colour_wanted() -> bool:
    """Return whether ``NO_COLOR`` is set; one that is set to nothing is not, also for Textual."""
    wanted = bool(os.environ.get("NO_COLOR"))
    if not wanted:
        os.environ.pop("NO_COLOR", None)
    return wanted
