"""How the commands explain themselves."""

from typing import Any


def hide_flag_types(option: Any) -> None:  # noqa: ANN401 - a class of Typer's, which nothing here may import
    """Have ``option``, Typer's class of options, show no ``<bool>`` beside a flag: it takes no value."""
    shown = getattr(option, "display_type_rich", None)  # Typer has shown it since 0.27 or so
    if shown is not None:
        option.display_type_rich = lambda self, *args, **named: None if self.is_flag else shown(self, *args, **named)
