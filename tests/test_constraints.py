"""The pinned packages in `constraints.txt`."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)(\[[^]]+\])?==(?P<version>[^ ;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def test_they_are_what_the_project_asks_for_with_hashes_and_from_nowhere() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?! )", text.strip())
    assert [block for block in blocks if not (PINNED.match(block) and HASH.search(block))] == []
    assert not re.search(r"://|\bindex\b|@ ", text), "it names an address"

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    pinned = {found["name"]: Version(found["version"]) for found in PINNED.finditer(text)}
    wrong = [
        requirement
        for requirement in map(Requirement, asked)
        if (version := pinned.get(canonicalize_name(requirement.name))) is None
        or not requirement.specifier.contains(version, prereleases=True)
    ]
    assert wrong == [], "run .ci/pin"
