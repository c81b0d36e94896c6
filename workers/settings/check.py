"""Looks at all settings before anything is done with some of them."""

from collections.abc import Callable, Sequence

from workers.settings.base import WorkerSettings
from workflows.runtime.settings import (
    CONSOLE_SETTINGS,
    Settings,
    SettingsError,
    check_names,
    given_names,
    read_settings,
    setting_source,
)
from workflows.shared.identity.operators import OperatorsError, read_operators


def check_settings(kinds: Callable[[], Sequence[type[WorkerSettings]]]) -> WorkerSettings:
    """Return the settings that all workers share. ``kinds`` returns those of the systems; it is asked only if need be.

    A mistake in the console's is one here, too: they come from the same file and environment.

    Raises:
        SettingsError: one has a name that nobody knows, or is not usable.
    """
    shared = read_settings(WorkerSettings)
    given = given_names().keys()
    if given & CONSOLE_SETTINGS:
        from workflows.runtime.console_settings import ConsoleSettings

        read_settings(ConsoleSettings)
    if given - WorkerSettings.model_fields.keys() - CONSOLE_SETTINGS:
        systems = kinds()
        check_names({name for kind in systems for name in kind.model_fields})
        for kind in systems:
            read_settings(kind)
    if shared.identity == "signed":
        check_operators(shared)
    return shared


def check_operators(settings: Settings) -> None:
    """Read the operators file. Raises `SettingsError` when it is wrong."""
    try:
        read_operators(settings.resolved_operators_file)
    except OperatorsError as error:
        raise SettingsError(f"{setting_source('operators_file')}: {error}") from error
