"""The nearest known name."""

import pytest

from workflows.shared.nearest import did_you_mean, nearest

USERS = [f"USER-{number:03}" for number in range(1, 51)]


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("USER-0O2", USERS, "USER-002"),
        ("user-0l7", USERS, "USER-017"),
        ("SKU-CHIAR", ["SKU-LAMP", "SKU-CHAIR"], "SKU-CHAIR"),
        ("BEN", ["ana", "ben"], "ben"),
    ],
)
def test_what_looks_alike_comes_first(name: str, known: list[str], expected: str) -> None:
    assert nearest(name, known, 3)[0] == expected


def test_what_is_like_nothing_is_not_guessed() -> None:
    assert did_you_mean("zzz", ["ana", "ben"]) == ""
    assert nearest("SKU-CHIAR", ["SKU-CHAIR", "SKU-LAMP"], 2) == ["SKU-CHAIR"]
    assert nearest("x", [], 2) == []
