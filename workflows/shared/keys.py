"""Keys made of several IDs. IDs hold any characters, so theirs are told from the key's own separators."""

from urllib.parse import unquote


def key_of(*parts: str) -> str:
    """Return the key of some IDs and words, such as ``ORD-1/refund/pay_1``; no others have the same."""
    return "/".join(escaped(part, "/") for part in parts)


def parts_of(key: str) -> list[str]:
    """Return the IDs and words of a key."""
    return [unquote(part) for part in key.split("/")]


def escaped(text: str, separator: str) -> str:
    """Return a text without ``separator``, from which it can be restored; most IDs are as they were."""
    return text.replace("%", "%25").replace(separator, f"%{ord(separator):02X}")
