"""Values in Temporal's list filters, where text from outside must stay text."""


def searchable(value: str) -> bool:
    """Return whether the server can search for ``value``.

    Server 1.32 keeps quotation marks and backslashes escaped, strips quotes off both ends, and fails on a NUL
    (findings/apostrophe_at_the_edge_of_an_id.sh).
    """
    return value.isprintable() and not {'"', "\\"} & set(value) and value == value.strip("'")


def quote(value: str) -> str:
    """Return ``value`` as a string literal that nothing in it can end."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
