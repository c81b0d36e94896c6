"""Printed JSON: the same values, on one line, without terminal escapes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from workflows.shared.json_text import json_text


@given(st.text())
def test_any_text_is_one_printable_line_with_the_same_value(text: str) -> None:
    written = json_text({text: [text]})
    assert written.isprintable()
    assert json.loads(written) == {text: [text]}


def test_what_can_be_read_stays_as_it_is() -> None:
    assert json_text(["ЛАМПА \x9b31m\u2028"]) == '["ЛАМПА \\u009b31m\\u2028"]'
    assert json_text({"a": 1}, indent=2) == '{\n  "a": 1\n}'
