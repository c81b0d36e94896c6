"""As whom this process signs, where messages must be signed."""

from console.start.state import LaunchError
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.settings import SettingsError

WRONG_USAGE = 2


def prepare_signing(settings: ConsoleSettings, name: str | None) -> None:
    """Sign as ``name``, or as the settings say, where messages must be signed. Raises ``LaunchError`` without a key."""
    if why_not := why_not_sign(settings, name):
        raise LaunchError(why_not, WRONG_USAGE)


def why_not_sign(settings: ConsoleSettings, name: str | None) -> str:
    """Sign as somebody from now on, where messages must be signed; return why that is not possible, or nothing."""
    if settings.identity == "open":
        return ""
    from workflows.runtime.signing import SIGNER

    before = SIGNER.given_name
    SIGNER.use(name)
    try:
        SIGNER.key()
    except SettingsError as error:
        SIGNER.use(before)
        return str(error)
    return ""
