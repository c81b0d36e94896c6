"""Lays command-line flags over the environment, so that they reach child processes, and come first as they should."""

from collections.abc import Mapping, MutableMapping

VARIABLES: Mapping[str, str] = {
    "--address": "TEMPORAL_ADDRESS",
    "--namespace": "TEMPORAL_NAMESPACE",
    "--profile": "TEMPORAL_PROFILE",
    "--config-file": "TEMPORAL_CONFIG_FILE",
    "--api-key": "TEMPORAL_API_KEY",
    "--tls": "TEMPORAL_TLS",
    "--tls-server-name": "TEMPORAL_TLS_SERVER_NAME",
    "--tls-cert-path": "TEMPORAL_TLS_CLIENT_CERT_PATH",
    "--tls-cert-data": "TEMPORAL_TLS_CLIENT_CERT_DATA",
    "--tls-key-path": "TEMPORAL_TLS_CLIENT_KEY_PATH",
    "--tls-key-data": "TEMPORAL_TLS_CLIENT_KEY_DATA",
    "--tls-ca-path": "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "--tls-ca-data": "TEMPORAL_TLS_SERVER_CA_CERT_DATA",
    "--operator": "TCONSOLE_OPERATOR",
    "--read-only": "TCONSOLE_READ_ONLY",
}
"""The variable that each flag stands for."""

TWICE = ("--tls-cert", "--tls-key", "--tls-ca")
"""Each of them has a flag for a path and one for the data itself."""


class ContradictionError(ValueError):
    """Two flags exclude each other. The text is one line for people."""


def lay_over(environment: MutableMapping[str, str], given: Mapping[str, str | None]) -> None:
    """Set the variables of the flags that were given.

    Raises:
        ContradictionError: a flag is empty, or a certificate or key is given twice.
    """
    flags = {flag: value for flag, value in given.items() if value is not None}
    for flag, value in flags.items():
        if not value.strip():
            raise ContradictionError(f"{flag} is empty; give a value, or leave it out")
    twice = [(f"{start}-path", f"{start}-data") for start in TWICE]
    for path, data in twice:
        if path in flags and data in flags:
            raise ContradictionError(f"{path} and {data} say the same thing; give one of them")
    for path, data in twice:
        if path in flags or data in flags:  # the flag comes first, in whichever form the variable is
            environment.pop(VARIABLES[data if path in flags else path], None)
    environment.update({VARIABLES[flag]: value for flag, value in flags.items()})
