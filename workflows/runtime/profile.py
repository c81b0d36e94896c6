"""The connection's configuration, from where Temporal's own tools take it: flags, environment, profiles."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path
from temporalio.envconfig import ClientConfigProfile

from workflows.runtime.connection import DEFAULT_ADDRESS
from workflows.shared.nearest import did_you_mean, nearest

CONFIG_FILE = "TEMPORAL_CONFIG_FILE"
SWITCHES = ("TEMPORAL_TLS", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION")
SWITCH_VALUES = ("true", "false", "1", "0")
MAX_PORT = 65_535

_ADDRESS = re.compile(r"(?:[^\s:/]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
_UNKNOWN_KEY = re.compile(r"unknown field `(?P<key>[^`]+)`(?:, expected one of (?P<known>.+))?")
_LINE = re.compile(r"at line (\d+)")


class ProfileError(ValueError):
    """The connection's configuration is not usable. The text is one line for people, with its source and value."""


def load_profile() -> ClientConfigProfile:
    """Return the profile that ``TEMPORAL_PROFILE``, the TOML file and the ``TEMPORAL_…`` variables describe.

    Flags are in the environment by then: the order is flag, environment, file. Raises ``ProfileError``.
    """
    # As for Temporal's own command, a variable that is set to nothing is not set: envconfig alone turns TLS on for it.
    given = {name: value for name, value in os.environ.items() if value}
    _check_variables(given)
    try:
        # Strict: the SDK ignores a misspelt `address` otherwise, and we would start a server of our own.
        profile = ClientConfigProfile.load(override_env_vars=given, config_file_strict=True)
    except RuntimeError as error:
        raise ProfileError(_in_our_words(str(error), given)) from error
    if profile.address and not _is_address(profile.address):
        source = "--address or TEMPORAL_ADDRESS" if "TEMPORAL_ADDRESS" in given else f"address in {profile_file()}"
        raise ProfileError(f"{source}: {profile.address!r} is not HOST:PORT; give one like {DEFAULT_ADDRESS}")
    return profile


def named_profiles() -> list[str]:
    """Return the names of the profiles in the TOML file; none if it cannot be read."""
    try:
        with profile_file().open("rb") as file:
            profiles = tomllib.load(file).get("profile", {})
    except (OSError, ValueError):
        return []
    return sorted(profiles) if isinstance(profiles, dict) else []


def load_named_profile(name: str) -> ClientConfigProfile:
    """Return a profile as the TOML file has it, whatever the variables say. Raises ``ProfileError``."""
    known = named_profiles()
    if name not in known:
        raise ProfileError(f"there is no profile {name!r} in {profile_file()}{did_you_mean(name, known)}")
    try:
        profile = ClientConfigProfile.load(
            name, config_source=profile_file(), disable_env=True, config_file_strict=True
        )
    except RuntimeError as error:
        raise ProfileError(_in_our_words(str(error), {"TEMPORAL_PROFILE": name})) from error
    if profile.address and not _is_address(profile.address):
        raise ProfileError(f"address in {profile_file()}: {profile.address!r} is not HOST:PORT")
    return profile


def profile_file() -> Path:
    """Return the TOML file with profiles, which need not exist."""
    given = os.environ.get(CONFIG_FILE)
    return Path(given) if given else user_config_path("temporalio") / "temporal.toml"


def _check_variables(given: Mapping[str, str]) -> None:
    """Refuse what the SDK would pass over. Raises ``ProfileError``."""
    if CONFIG_FILE in given and not profile_file().exists():
        raise ProfileError(
            f"--config-file or {CONFIG_FILE}: there is no file {given[CONFIG_FILE]}; correct the path, or leave it out"
        )
    for name in SWITCHES:
        if name in given and given[name].lower() not in SWITCH_VALUES:
            raise ProfileError(f"{name}: {given[name]!r} is neither true nor false; give one of the two")


def _is_address(text: str) -> bool:
    found = _ADDRESS.fullmatch(text)
    return found is not None and int(found["port"]) <= MAX_PORT


def _in_our_words(reason: str, given: Mapping[str, str]) -> str:
    """Return what the SDK says of the configuration, with its source; what it says of a file has several lines."""
    last = reason.strip().rpartition("\n")[2]
    line = _LINE.search(reason)
    if line is None:
        name = given.get("TEMPORAL_PROFILE")
        source = f"--profile or TEMPORAL_PROFILE {name!r}" if name and name in reason else "the Temporal configuration"
        return f"{source}: {reason.removeprefix('Invalid configuration: ').strip()} (the file is {profile_file()})"
    unknown = _UNKNOWN_KEY.search(last)
    if unknown:
        known = re.findall(r"`([^`]+)`", unknown["known"] or "")
        meant = nearest(unknown["key"], known)
        last = f"there is no key {unknown['key']!r}; " + (
            f"did you mean {meant[0]}?" if meant else f"the keys are {', '.join(known)}"
        )
    return f"{profile_file()}, line {line[1]}: {last}"
