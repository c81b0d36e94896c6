"""Who acts where nobody says who."""

import getpass


def login_name(default: str = "operator") -> str:
    """Return the login name of the process's user, or ``default``: a container's user may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return default
