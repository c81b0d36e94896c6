"""What the README promises."""

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from workers.registry import SYSTEMS
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.settings import PREFIX, Settings

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- settings -->\n", "<!-- /settings -->"


def _default(name: str, field: FieldInfo) -> str:
    if name == "data_dir":
        return "the user's data folder"
    if field.default is None or field.default == {}:
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _settings_table() -> str:
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    fields: dict[str, FieldInfo] = {}
    models: list[type[Settings]] = [Settings, ConsoleSettings, *(system.settings for system in SYSTEMS)]
    for model in models:
        fields = {**fields, **{name: field for name, field in model.model_fields.items() if name not in fields}}
    for name, field in fields.items():
        rows.append(f"| `{PREFIX}{name.upper()}` | {_default(name, field)} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_every_setting_is_documented_in_the_one_table() -> None:
    text = README.read_text(encoding="utf-8")
    documented = text[text.index(START) + len(START) : text.index(END)]
    assert documented == _settings_table(), f"write this between the two marks:\n{_settings_table()}"


@pytest.mark.parametrize("command", ["pip install uv && uv run tconsole --demo", "pip install uv && uv run pytest"])
def test_the_two_commands_stand_in_blocks_of_their_own(command: str) -> None:
    assert f"```sh\n{command}\n```" in README.read_text(encoding="utf-8")


def test_every_picture_and_page_that_is_linked_exists() -> None:
    text = README.read_text(encoding="utf-8")
    links = {part.split(")")[0] for part in text.split("](")[1:]}
    local = {link for link in links if not link.startswith("http")}
    assert local
    assert [link for link in sorted(local) if not leads_somewhere(link)] == []


def leads_somewhere(link: str) -> bool:
    """Return whether there is the file, and the heading in it that the link names."""
    path, _, anchor = link.partition("#")
    file = README.parent / path
    if not anchor or not file.exists():
        return file.exists()
    heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return anchor in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
